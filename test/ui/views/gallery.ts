// Every view, mounted from scripted models: what the tests look at, and what one looks at while designing.
//
//     gallery.html?scene=room&theme=dark&lang=id

import { signal } from "@preact/signals";
import { html, render } from "htm/preact";
import type { Key } from "../../../src/ui/i18n/en.ts";
import type { CarryingState } from "../../../src/ui/models/carrying.ts";
import type { FileState, Preview } from "../../../src/ui/models/file-card.ts";
import type { Pace } from "../../../src/ui/models/meter.ts";
import type { Picked, Source } from "../../../src/ui/models/picked.ts";
import { sourceOf } from "../../../src/ui/models/picked.ts";
import type { Problem } from "../../../src/ui/models/problem.ts";
import type { TakingState } from "../../../src/ui/models/taking.ts";
import type { Upload, UploadState } from "../../../src/ui/models/upload.ts";
import { AppView } from "../../../src/ui/views/app.ts";
import {
  managedOf,
  nameToFree,
  opened,
  openedFile,
  openedPerson,
  openedRoom,
} from "../../../src/ui/views/opened.ts";
import { followPage } from "../../../src/ui/views/page.ts";
import type { FailReason } from "../../../src/wire/file-entry.ts";
import {
  calls,
  person,
  said,
  scriptedApp,
  scriptedFile,
  scriptedRoom,
  scriptedUpload,
  sent,
} from "./scripted.ts";

const wish = new URLSearchParams(location.search);
const app = scriptedApp();
app.settings.language.value = wish.get("lang") === "id" ? "id" : "en";
const theme = wish.get("theme");
app.settings.theme.value = theme === "dark" || theme === "light" ? theme : "system";
app.bridge.value = {
  program: "pendopo",
  version: "0.1.0",
  mode: "connect",
  canReset: true,
  isLegacy: false,
  data: "d",
  target: { host: "192.168.1.5", port: 12345 },
  server: null,
  invites: ["pendopo --connect 192.168.1.5", "pendopo --connect 10.8.0.3"],
};

const ada = person("m1", "Ada");
const budi = person("m2", "Budi Santoso");
const siti = person("m3", "Siti");
const wayan = person("m4", "Wayan K");
const crowd = [ada, budi, siti, wayan, person("m5", "山田 太郎"), person("m6", "Łucja")];

const MINUTE = 60_000;
const now = new Date();
const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 9, 12).getTime();
const yesterday = morning - 24 * 60 * MINUTE + 6 * 60 * MINUTE;

const lobby = scriptedRoom("Balai Desa");
const plans = scriptedRoom("Rapat panitia");
const long = scriptedRoom("a-room-with-quite-a-long-name-that-must-be-cut-somewhere");

function conversation() {
  lobby.people.value = crowd;
  lobby.timeline.value = [];
  lobby.add([
    { kind: "event", key: "created", seq: 1, action: "created", author: budi, at: yesterday - MINUTE },
  ]);
  lobby.add([
    said(budi, false, yesterday, "The printer upstairs works again. It was the cable, of course."),
    said(siti, false, yesterday + 2 * MINUTE, "You are a hero."),
    said(
      siti,
      false,
      yesterday + 2 * MINUTE,
      "The notes from last time are at https://notes.example/2026/rapat-3?view=all if anybody still needs them.",
    ),
    said(ada, true, yesterday + 3 * MINUTE, "Thanks! I will bring the projector tomorrow."),
    said(wayan, false, morning, "Good morning! Who has the key to the hall?"),
    said(ada, true, morning + MINUTE, "I do. On my way, ten minutes."),
    said(ada, true, morning + MINUTE, "Do we need the long tables?"),
    said(
      wayan,
      false,
      morning + 2 * MINUTE,
      "Two of them. And `relay-2` is down, could you run this when you are here:\n```sh\nssh relay-2 'systemctl restart pendopo'\ntail -n 40 /var/log/pendopo.log | grep -v pong | sort --unique --reverse --key=3\n```\nIt takes a minute.",
    ),
    said(
      budi,
      false,
      morning + 4 * MINUTE,
      "Chairs are ready too. We have 42, that should be enough even if the neighbours come, and if not there are the benches behind the kitchen.",
    ),
    said(ada, true, morning + 5 * MINUTE, "Perfect. See you all at ten."),
  ]);
}

const scenes: { [name: string]: () => void } = {
  start() {
    app.screen.value = "start";
  },
  "start-remembered"() {
    app.screen.value = "start";
    app.start.address.value = "192.168.1.77";
    app.start.remembered.value = ["192.168.1.5", "pendopo.lan:4000"];
    app.start.problem.value = {
      key: "problem.other",
      values: { message: "nobody answers at 192.168.1.77:12345" },
    };
  },
  login() {
    app.connection.state.value = { state: "idle" };
    app.screen.value = "login";
  },
  "login-taken"() {
    app.screen.value = "login";
    app.login.name.value = "Ada";
    app.login.room.value = "lobby";
    app.login.nameProblem.value = { key: "problem.name-taken", values: { name: "Ada" }, suggestion: "Ada 2" };
  },
  "login-key"() {
    scenes["login-taken"]?.();
    app.login.nameProblem.value = null;
    app.login.wantsKey.value = true;
    app.login.keyProblem.value = { key: "problem.room-closed", values: { room: "lobby" } };
  },
  room() {
    conversation();
    lobby.typing.value = [siti];
    rooms();
  },
  waiting() {
    conversation();
    lobby.add([
      said(ada, true, morning + 6 * MINUTE, "This one waits until the server is back.", {
        state: "waiting",
        seq: null,
      }),
      said(ada, true, morning + 6 * MINUTE, "And this one could not be sent.", {
        state: "failed",
        seq: null,
        problem: { key: "problem.text-too-long" },
        retry: () => calls.push("retry"),
        remove: () => calls.push("remove"),
      }),
    ]);
    app.connection.state.value = {
      state: "waiting",
      hop: "server",
      retryAt: Date.now() + 12_000,
      reason: null,
    };
    rooms();
  },
  stopped() {
    conversation();
    app.connection.state.value = {
      state: "waiting",
      hop: "program",
      retryAt: Date.now() + 4_000,
      reason: null,
    };
    lobby.isReadOnly.value = true;
    rooms();
  },
  legacy() {
    conversation();
    lobby.isLegacy.value = true;
    rooms();
  },
  refused() {
    conversation();
    app.connection.state.value = {
      state: "refused",
      code: "signature-wrong",
      message: "Sign the challenge of this server",
    };
    rooms();
  },
  empty() {
    lobby.people.value = [ada];
    lobby.notice.value = "created";
    lobby.timeline.value = [];
    rooms();
  },
  "out-closed"() {
    lobby.isClosed.value = true;
    out("problem.room-closed");
  },
  "out-removed"() {
    conversation();
    out("problem.removed");
  },
  "out-deleted"() {
    conversation();
    lobby.waiting.value = 1;
    out("problem.deleted");
  },
  welcome() {
    conversation();
    lobby.notice.value = "welcome";
    rooms();
  },
  texts() {
    lobby.people.value = [ada, budi];
    lobby.timeline.value = [];
    lobby.add([
      said(budi, false, morning, "السلام عليكم، متى يبدأ الاجتماع؟"),
      said(ada, true, morning, "שלום, בעשר."),
      said(
        budi,
        false,
        morning + MINUTE,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2),
      ),
      said(ada, true, morning + MINUTE, "a\nb\n\n  indented"),
      said(budi, false, morning + 2 * MINUTE, "🎉"),
      said(ada, true, morning + 2 * MINUTE, "👍🏽 👩‍👩‍👧"),
      said(budi, false, morning + 3 * MINUTE, "<img src=x onerror=alert(1)> & <b>not bold</b>"),
      said(ada, true, morning + 4 * MINUTE, "ok"),
    ]);
    rooms();
  },
  long() {
    const items = Array.from({ length: 600 }, (_, i) => {
      const author = crowd[(i >> 1) % crowd.length] ?? ada;
      return said(
        author,
        author === ada,
        morning - (700 - i) * MINUTE,
        `${i}: ${"and so on ".repeat((i * 7) % 23)}`,
      );
    });
    lobby.people.value = crowd;
    lobby.timeline.value = [];
    lobby.add(items);
    lobby.older.value = "more";
    rooms();
  },
  unread() {
    conversation();
    const rows = lobby.timeline.value;
    lobby.timeline.value = [...rows.slice(0, 4), { kind: "new", key: "new" }, ...rows.slice(4)];
    rooms();
  },
  files() {
    const files = everyFile();
    lobby.people.value = crowd;
    lobby.timeline.value = [];
    lobby.add([said(budi, false, morning, "The pictures of yesterday, and what Ada asked for.")]);
    lobby.add(files.map((file, i) => sent(file.author, file.isOwn, morning + i * 20_000, file)));
    lobby.files.value = files.toReversed();
    rooms();
  },
  pictures() {
    const files = everyPreview();
    lobby.people.value = crowd;
    lobby.timeline.value = [];
    lobby.add(files.map((file, i) => sent(file.author, file.isOwn, morning + i * 20_000, file)));
    rooms();
  },
  chips() {
    conversation();
    void lobby.attachments.add(Promise.resolve(chosen()));
    lobby.draft.value = "Here are the plans";
    rooms();
  },
  unfinished() {
    conversation();
    lobby.unfinished.value = [
      scriptedUpload("Rekaman rapat.mp4", { state: "missing", canAsk: true }),
      scriptedUpload("Denah", { state: "missing", canAsk: false }, { isFolder: true }),
    ];
    rooms();
  },
  drop() {
    conversation();
    rooms();
    const drag = () => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "x.txt"));
      document.body.dispatchEvent(new DragEvent("dragenter", { dataTransfer, bubbles: true }));
      // Nobody listens until the view is mounted.
      if (!document.querySelector(".drop")) requestAnimationFrame(drag);
    };
    drag();
  },
  direct() {
    conversation();
    const chat = scriptedRoom("@m1+m2", budi);
    const other = scriptedRoom("@m1+m3", siti);
    chat.people.value = [ada, budi];
    chat.add([
      said(budi, false, morning, "Psst. Is the cake ready?"),
      said(ada, true, morning + MINUTE, "In the fridge. Nobody knows."),
    ]);
    other.unread.value = 2;
    rooms();
    app.rooms.list.value = [...app.rooms.list.value, chat, other];
    app.rooms.current.value = chat;
  },
  "direct-away"() {
    scenes.direct?.();
    const chat = scriptedRoom("@m1+m4", wayan);
    chat.people.value = [ada];
    lobby.people.value = [ada, budi];
    app.rooms.list.value = [...app.rooms.list.value, chat];
    app.rooms.current.value = chat;
  },
  "no-room"() {
    app.screen.value = "rooms";
  },
  loading() {
    app.screen.value = "loading";
  },
  notices() {
    conversation();
    app.notices.list.value = [{ key: "me.free.done" as Key, values: { name: "Budi" } }];
    rooms();
  },
};
/** One is not in the room that is shown. */
function out(key: Problem["key"]) {
  lobby.state.value = "offline";
  lobby.problem.value = { key, values: { room: lobby.id, name: "Budi Santoso" } };
  rooms();
}
function everyFile() {
  const arriving = (isParked = false) => signal<FileState>({ state: "arriving", isParked });
  const failed = (reason: FailReason) => signal<FileState>({ state: "failed", reason });
  const pace = signal<Pace | null>({ bytesPerSecond: 38_400_000, secondsLeft: 72 });
  const own = { isOwn: true, mayCancel: signal(true) };
  const part = (bytes: number) => ({ bytes: signal<number | null>(bytes) });
  const upload = (name: string, state: UploadState) => ({
    upload: signal<Upload | null>(scriptedUpload(name, state)),
  });
  return [
    scriptedFile(budi, "Notulen rapat panitia, revisi terakhir (2).docx", 48_200, {
      received: signal([ada, siti]),
    }),
    scriptedFile(budi, "Foto kegiatan", 1_240_000_000, {
      folder: { files: 412, indexBytes: 40_000 },
      received: signal([ada, siti, wayan]),
      readFolder: async () =>
        Array.from({ length: 412 }, (_, i) => ({
          path: `${["Pagi", "Siang", "Sore/Penutupan"][i % 3]}/IMG_${2000 + i}.jpg`,
          size: 2_400_000 + i * 7_919,
          offset: i,
          mtime: morning,
        })),
    }),
    scriptedFile(siti, "Rekaman rapat.mkv", 4_600_000_000, {
      state: arriving(),
      ...part(1_830_000_000),
      pace,
    }),
    scriptedFile(wayan, "arsip-lama.tar.gz", 880_000_000, { state: arriving(true), ...part(310_000_000) }),
    scriptedFile(ada, "Video pembukaan.mp4", 2_100_000_000, {
      ...own,
      state: arriving(),
      ...part(1_400_000_000),
      pace,
      ...upload("Video pembukaan.mp4", { state: "sending" }),
    }),
    scriptedFile(ada, "Peta.pdf", 9_400_000, {
      ...own,
      state: arriving(),
      ...part(2_000_000),
      ...upload("Peta.pdf", { state: "paused" }),
    }),
    scriptedFile(ada, "Denah gedung dan taman.svg", 120_000, {
      ...own,
      state: arriving(),
      ...part(60_000),
      ...upload("Denah gedung dan taman.svg", { state: "waiting", problem: { key: "problem.disk-low" } }),
    }),
    scriptedFile(ada, "Anggaran.xlsx", 64_000, {
      ...own,
      state: arriving(),
      bytes: signal<number | null>(null),
      ...upload("Anggaran.xlsx", { state: "queued" }),
    }),
    scriptedFile(ada, "laporan.txt", 1_200, { ...own, state: failed("changed") }),
    scriptedFile(budi, "salah-kirim.zip", 3_000_000, { state: failed("cancelled") }),
    scriptedFile(
      budi,
      "\u0633\u0644\u0627\u0645 <img src=x onerror=alert(1)> & \u0022quotes\u0022.txt",
      12,
      {},
    ),
  ];
}

function everyPreview() {
  const whole = (mediaType: string) =>
    signal<FileState>({ state: "complete", sha256: "5f7c".repeat(16), mediaType });
  const picture = (name: string, width: number, height: number) =>
    scriptedFile(ada, name, 420_000, {
      isOwn: true,
      state: whole("image/png"),
      preview: signal<Preview | null>("image"),
      upload: signal<Upload | null>(
        scriptedUpload(
          name,
          { state: "over" },
          { source: signal<Source | null>(sourceOf(painted(name, width, height))) },
        ),
      ),
    });
  return [
    picture("Balai desa.png", 1600, 1000),
    picture("Ikon.png", 48, 48),
    scriptedFile(budi, "Sampul.jpg", 2_400_000, {
      state: signal<FileState>({ state: "arriving", isParked: false }),
      bytes: signal<number | null>(1_100_000),
      preview: signal<Preview | null>("image"),
    }),
    scriptedFile(siti, "Lagu pembukaan.mp3", 5_300_000, {
      state: whole("audio/mpeg"),
      preview: signal<Preview | null>("audio"),
    }),
    scriptedFile(siti, "Pembukaan.mp4", 88_000_000, {
      state: whole("video/mp4"),
      preview: signal<Preview | null>("video"),
    }),
    scriptedFile(wayan, "daftar-belanja.txt", 640, {
      state: whole("text/plain"),
      preview: signal<Preview | null>("text"),
      readText: async () =>
        "beras 5 kg\ngula 2 kg\nkopi\nteh\nair mineral 4 dus\ntisu\npiring kertas\ngelas\nsendok\n",
    }),
  ];
}

/** A picture that is made here, because a test's page may load none. */
function painted(name: string, width: number, height: number): Picked {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const draw = canvas.getContext("2d");
  if (draw) {
    const sky = draw.createLinearGradient(0, 0, width, height);
    sky.addColorStop(0, "#d9a066");
    sky.addColorStop(1, "#4b6b58");
    draw.fillStyle = sky;
    draw.fillRect(0, 0, width, height);
    draw.fillStyle = "#fff8";
    draw.fillRect(width * 0.2, height * 0.5, width * 0.6, height * 0.3);
  }
  const [, data = ""] = canvas.toDataURL("image/png").split(",");
  const file = new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name, {
    type: "image/png",
  });
  return { kind: "file", name, file, handle: null };
}

function chosen(): Picked[] {
  const file = (name: string, bytes: number): Picked => ({
    kind: "file",
    name,
    file: new File([new Uint8Array(bytes)], name),
    handle: null,
  });
  const parts = [1, 2, 3].map((i) => ({
    path: `${i}.txt`,
    size: 1,
    lastModified: 0,
    content: new Blob([`${i}`]),
  }));
  return [
    painted("Balai desa.png", 1600, 1000),
    file("Notulen rapat panitia, revisi terakhir (2).docx", 48_200),
    { kind: "folder", name: "Foto kegiatan", parts, handle: null },
    { kind: "folder", name: "Kosong", parts: [], handle: null },
  ];
}

for (const name of ["image", "folder"] as const) {
  scenes[`dialog-${name}`] = () => {
    if (name === "image") scenes.pictures?.();
    else scenes.files?.();
    const file = name === "image" ? everyPreview()[0] : everyFile()[1];
    whenDrawn('[role="log"]', () => {
      openedFile.value = file ?? null;
      opened.value = name;
    });
  };
}
scenes["popover-files"] = () => {
  scenes.files?.();
  press("files");
};
scenes["popover-files-none"] = () => {
  conversation();
  rooms();
  press("files");
};
for (const name of ["join", "leave", "rename", "free", "carry", "switch", "keys"] as const) {
  scenes[`dialog-${name}`] = () => {
    conversation();
    lobby.waiting.value = 2;
    lobby.sending.value = 1;
    rooms();
    whenDrawn('[role="log"]', () => {
      opened.value = name;
    });
  };
}
const carryLink = `http://localhost:12380/#carry=QmFsYWkg.${"C".repeat(22)}.${"S".repeat(43)}`;
const carried: Record<string, CarryingState> = {
  made: { state: "made", link: carryLink, code: "C".repeat(22), until: Date.now() + 9.5 * MINUTE },
  making: { state: "making" },
  used: { state: "used" },
  over: { state: "over" },
  failed: { state: "failed", problem: { key: "problem.carries-full" } },
};
for (const [name, state] of Object.entries(carried)) {
  scenes[`dialog-carry-${name}`] = () => {
    scenes["dialog-carry"]?.();
    app.carrying.state.value = state;
  };
}
const before = { name: "Ada di kantor", unsent: 2 };
const taken: Record<string, TakingState> = {
  pasting: { state: "pasting" },
  asking: { state: "asking" },
  found: { state: "found", name: "Ada", before: null },
  other: { state: "found", name: "Ada", before },
  same: { state: "same", name: "Ada" },
  gone: { state: "failed", problem: { key: "problem.link-gone" }, mayRetry: false },
  offline: { state: "failed", problem: { key: "problem.offline" }, mayRetry: true },
};
for (const [name, state] of Object.entries(taken)) {
  scenes[`dialog-take-${name}`] = () => {
    if (name === "other") scenes.room?.();
    else scenes.login?.();
    app.taking.state.value = state;
  };
}
scenes["start-carried"] = () => {
  scenes.start?.();
  app.taking.state.value = { state: "waiting" };
};
scenes["dialog-free-this"] = () => {
  nameToFree.value = "Made";
  scenes["dialog-free"]?.();
};
/** A closed room that one manages, and others of the server. */
function closed() {
  conversation();
  app.me.isHost.value = true;
  lobby.isClosed.value = true;
  lobby.away.value = [person("m8", "Made")];
  lobby.about.value = { maker: ada, mayManage: true, removed: [person("m9", "Nyoman")] };
  app.lobby.value = [
    { room: "Balai Desa", people: 4, at: morning, isClosed: true },
    {
      room: "Panitia Dana Usaha dan Konsumsi Malam Keakraban",
      people: 12,
      at: morning - MINUTE,
      isClosed: false,
    },
    {
      room: "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
      people: 1,
      at: yesterday,
      isClosed: true,
    },
    ...Array.from({ length: 120 }, (_, i) => ({
      room: `Kelas ${i + 1}`,
      people: 0,
      at: yesterday - i * MINUTE,
      isClosed: i % 3 === 0,
    })),
  ];
  rooms();
}
for (const name of ["all", "make", "unlock", "rekey", "open", "remove", "delete"] as const) {
  scenes[`dialog-${name}`] = () => {
    closed();
    whenDrawn('[role="log"]', () => {
      openedPerson.value = budi;
      openedRoom.value = managedOf(lobby);
      opened.value = name;
    });
  };
}
scenes["dialog-join-lobby"] = () => {
  closed();
  whenDrawn('[role="log"]', () => {
    opened.value = "join";
  });
};
for (const id of ["people", "room-menu"]) {
  scenes[`popover-${id}-managed`] = () => {
    closed();
    press(id);
  };
}
scenes["popover-invite-closed"] = () => {
  closed();
  if (app.bridge.value) app.bridge.value = { ...app.bridge.value, invites: ["pendopo --connect 10.8.0.3"] };
  press("invite");
};
/** What the bridge says of the way to the server. */
function way(said: Partial<NonNullable<typeof app.bridge.value>>) {
  conversation();
  rooms();
  if (app.bridge.value) app.bridge.value = { ...app.bridge.value, mode: "connect", ...said };
}
const fingerprint = "k7qm-2hfa-6xwd-3tzp-b4ce";
function press(id: string) {
  whenDrawn(`[popovertarget="${id}"]`, (button) => button.click());
}
/** Does something with an element as soon as it is there. */
function whenDrawn(selector: string, act: (element: HTMLElement) => void) {
  const element = document.querySelector<HTMLElement>(selector);
  if (element) act(element);
  else requestAnimationFrame(() => whenDrawn(selector, act));
}
scenes["popover-security"] = () => {
  way({ transport: "tls", fingerprint });
  press("security");
};
scenes["popover-security-plain"] = () => {
  way({ transport: "plain" });
  press("security");
};
scenes.changed = () => {
  const shown = "abcd-efgh-ijkl-mnop-qrst";
  way({ transport: "tls", fingerprint, change: { known: fingerprint, shown, mayAccept: true } });
};
scenes["changed-plain"] = () => way({ change: { known: fingerprint, shown: null, mayAccept: false } });

for (const id of ["people", "invite", "room-menu", "me-menu", "attach-menu"]) {
  scenes[`popover-${id}`] = () => {
    conversation();
    app.me.isHost.value = true;
    lobby.away.value = [person("m8", "Made"), person("m9", "Nyoman")];
    rooms();
    press(id);
  };
}

function rooms() {
  plans.unread.value = 3;
  long.unread.value = 120;
  app.rooms.list.value = [lobby, plans, long];
  app.rooms.current.value = lobby;
  app.screen.value = "rooms";
}

// It comes by itself, but a test looks at once.
await import("../../../src/ui/views/rooms.ts");
followPage(app);
scenes[wish.get("scene") ?? "room"]?.();
render(html`<${AppView} app=${app} />`, document.body);

let page = 0;
const script = {
  app,
  calls,
  /** Somebody else says something in the room that is shown. */
  say(text: string) {
    lobby.add([said(siti, false, Date.now(), text)]);
  },
  /** There is nothing older. */
  beginning() {
    lobby.older.value = "none";
  },
  /** A page of older lines comes in. */
  prependPage() {
    page += 1;
    const items = Array.from({ length: 50 }, (_, i) =>
      said(
        crowd[i % 3] ?? ada,
        i % 3 === 0,
        yesterday - (page * 100 - i) * MINUTE,
        `page ${page}, ${i} ${"older ".repeat(i)}`,
      ),
    );
    lobby.prepend(items);
  },
};
export type GalleryPage = typeof script;
Object.assign(globalThis, { gallery: script });
