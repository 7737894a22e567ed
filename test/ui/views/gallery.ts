// Every view, mounted from scripted models: what the tests look at, and what one looks at while designing.
//
//     gallery.html?scene=room&theme=dark&lang=id

import { html, render } from "htm/preact";
import type { Key } from "../../../src/ui/i18n/en.ts";
import { AppView } from "../../../src/ui/views/app.ts";
import { opened } from "../../../src/ui/views/opened.ts";
import { followPage } from "../../../src/ui/views/page.ts";
import { calls, person, said, scriptedApp, scriptedRoom } from "./scripted.ts";

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
for (const name of ["join", "leave", "rename", "free", "switch", "keys"] as const) {
  scenes[`dialog-${name}`] = () => {
    conversation();
    lobby.waiting.value = 2;
    rooms();
    setTimeout(() => {
      opened.value = name;
    }, 50);
  };
}
for (const id of ["people", "invite", "room-menu", "me-menu"]) {
  scenes[`popover-${id}`] = () => {
    conversation();
    app.me.isHost.value = true;
    rooms();
    setTimeout(() => document.querySelector<HTMLElement>(`[popovertarget="${id}"]`)?.click(), 50);
  };
}

function rooms() {
  plans.unread.value = 3;
  long.unread.value = 120;
  app.rooms.list.value = [lobby, plans, long];
  app.rooms.current.value = lobby;
  app.screen.value = "rooms";
}

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
