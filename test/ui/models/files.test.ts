import { expect, test } from "bun:test";
import { type FileCard, previewOf } from "../../../src/ui/models/file-card.ts";
import type { Picked } from "../../../src/ui/models/picked.ts";
import type { Room } from "../../../src/ui/models/room.ts";
import { until } from "./clock.ts";
import { FakeBrowser, type Tab } from "./fake-browser.ts";
import { FakeHandle } from "./fake-files.ts";

function file(name: string, bytes: number, handle: FakeHandle | null = null): Picked {
  const content = new Uint8Array(bytes).map((_, i) => (i * 7) % 251);
  return { kind: "file", name, file: new File([content], name, { lastModified: 1_700_000_000_000 }), handle };
}

function folder(name: string, files: number): Picked {
  const parts = Array.from({ length: files }, (_, i) => ({
    path: `sub/${i}.txt`,
    size: 9,
    lastModified: 1_700_000_000_000,
    content: new File([`content ${i % 10}`], `${i}.txt`),
  }));
  return { kind: "folder", name, parts, handle: null };
}

function room(tab: Tab): Room {
  return tab.app.rooms.current.value!;
}

async function send(tab: Tab, ...picked: Picked[]): Promise<void> {
  await room(tab).attachments.add(Promise.resolve(picked));
  room(tab).send();
}

function cards(tab: Tab): readonly FileCard[] {
  return room(tab).files.value;
}

function card(tab: Tab): FileCard {
  return cards(tab)[0]!;
}

const stateOf = (tab: Tab) => cards(tab)[0]?.state.value.state;

async function two() {
  const ada = new FakeBrowser();
  const bima = new FakeBrowser(ada.relay, ada.clock);
  const [first, second] = [ada.tab(), bima.tab()];
  await first.enter("Ada", "lobby");
  await second.enter("Bima", "lobby");
  return { ada, bima, first, second };
}

test("A file goes from one page to another, is checked, and both see who has taken it", async () => {
  const { ada, first, second } = await two();
  await send(first, file("holiday.jpg", 12_345));
  await until(() => stateOf(second) === "complete");
  const seen = card(second);
  expect(seen).toMatchObject({ name: "holiday.jpg", size: 12_345, isOwn: false });
  expect(seen.author.name.value).toBe("Ada");
  expect(seen.state.value).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(ada.files.sentBytes).toBe(12_345);
  ada.relay.take(seen.file!, "m2", "Bima");
  await until(() => card(first).received.value.length === 1);
  expect(card(first).received.value[0]!.name.value).toBe("Bima");
  expect(card(first).upload.value).toBeNull();
  expect(ada.storage.keys().filter((key) => key.includes("/upload/"))).toEqual([]);
});

test("A text is looked at in the room, unless there is nothing in it", () => {
  const whole = { state: "complete", sha256: "", mediaType: "text/plain" } as const;
  expect(previewOf({ name: "list.txt", size: 1, folder: null }, whole)).toBe("text");
  expect(previewOf({ name: "list.txt", size: 0, folder: null }, whole)).toBeNull();
});

test("The card of a file keeps its key from the offer to the end, as a message does", async () => {
  const { first } = await two();
  const keys = () =>
    room(first).timeline.value.flatMap((row) => (row.kind === "run" ? [row.lines[0]!.key] : []));
  await send(first, file("a.bin", 10));
  const before = keys();
  expect(before).toHaveLength(1);
  await until(() => stateOf(first) === "complete");
  expect(keys()).toEqual(before);
});

test("A text and what is attached to it are sent by one press, in that order, and leave nothing behind", async () => {
  const { first, second } = await two();
  room(first).draft.value = "Here they are";
  await send(first, file("1.txt", 5), file("2.txt", 0), folder("Holiday", 30));
  expect(room(first).attachments.list.value).toEqual([]);
  await until(
    () => cards(second).length === 3 && cards(second).every((one) => one.state.value.state === "complete"),
  );
  expect(second.shown()).toEqual(["Here they are", "1.txt", "2.txt", "Holiday"]);
  expect(card(second).folder).toMatchObject({ files: 30 });
});

test("A chip can be taken away, and a folder with nothing in it is not sent", async () => {
  const { first } = await two();
  const { attachments, isReady } = room(first);
  await attachments.add(Promise.resolve([file("1.txt", 5), folder("Empty", 0)]));
  expect(attachments.list.value[1]!.problem).toEqual({ key: "problem.folder-empty" });
  attachments.list.value[0]!.remove();
  expect(isReady.value).toBe(false);
  room(first).send();
  expect(attachments.list.value).toHaveLength(1);
  expect(first.shown()).toEqual([]);
});

test("R-UPLOAD-2: At most three are sent at once, and one that fails keeps no other back", async () => {
  const { ada, first } = await two();
  ada.relay.refuses = (frame) =>
    frame.type === "offer" && frame.name === "3.bin"
      ? { code: "file-too-large", details: { bytesMax: 2_000_000 } }
      : null;
  await send(first, ...[1, 2, 3, 4, 5, 6].map((i) => file(`${i}.bin`, 5_000)));
  await until(() => cards(first).filter((one) => one.state.value.state === "complete").length === 5);
  expect(ada.files.mostRunning).toBe(3);
  const failed = room(first)
    .timeline.value.flatMap((row) => (row.kind === "run" ? row.lines : []))
    .at(-1)!;
  expect(failed).toMatchObject({
    text: "3.bin",
    state: "failed",
    problem: { key: "problem.file-too-large" },
  });
  expect(failed.problem?.values?.max).toBe("2 MB");
  failed.remove?.();
  expect(room(first).waiting.value).toBe(0);
  expect(ada.storage.keys().filter((key) => key.includes("/upload/"))).toEqual([]);
});

test("A paused upload stands still until it goes on, and what arrived is not sent again", async () => {
  const { ada, first } = await two();
  await send(first, file("a.bin", 50_000));
  await until(() => (card(first)?.bytes.value ?? 0) > 3_000);
  card(first).upload.value!.pause();
  expect(card(first).upload.value!.state.value.state).toBe("paused");
  await until(() => ada.files.running === 0);
  const sent = ada.files.sentBytes;
  expect(sent).toBeLessThan(50_000);
  card(first).upload.value!.resume();
  await until(() => stateOf(first) === "complete");
  expect(ada.files.sentBytes).toBe(50_000);
});

test("R-PUT-9: An upload with which another connection goes on is left to it, and shows how far that is", async () => {
  const { ada, first } = await two();
  ada.files.endsWith = "taken-over";
  await send(first, file("a.bin", 5_000));
  await until(() => card(first)?.upload.value?.state.value.state === "over");
  ada.files.endsWith = null;
  const puts = () =>
    ada.relay.heard.filter((frame) => frame.type === "ticket" && frame.action === "put").length;
  expect(puts()).toBe(1);
  ada.clock.advance(40_000);
  const { file: id } = card(first);
  ada.relay.receive(id!, new Uint8Array(3_000));
  await until(() => card(first).bytes.value === 3_000);
  expect(puts()).toBe(1);
  expect(ada.files.sentBytes).toBe(0);
  ada.relay.receive(id!, new Uint8Array(2_000));
  ada.relay.finish(id!);
  await until(() => stateOf(first) === "complete");
  expect(ada.storage.keys().filter((key) => key.includes("/upload/"))).toEqual([]);
});

test("R-UPLOAD-3: How far a file is shown to be goes by what the relay says, not by what has left the page", async () => {
  const { ada, first } = await two();
  ada.files.isFlowing = false;
  await send(first, file("a.bin", 5_000));
  await until(() => card(first)?.upload.value?.bytes.value === 0);
  const { file: id } = card(first);
  // The page's own count stays behind here; where a network holds bytes back, it is ahead.
  ada.relay.signal({ type: "progress", room: "lobby", file: id!, bytes: 1_234, state: "arriving" });
  await until(() => card(first).bytes.value === 1_234);
  expect(card(first).upload.value!.bytes.value).toBe(0);
});

test("R-TICKET-7: A relay that is lost in the middle costs nothing of what arrived, and the tickets are asked for anew", async () => {
  const { ada, first, second } = await two();
  await send(first, file("a.bin", 80_000));
  await until(() => (card(second)?.bytes.value ?? 0) > 5_000);
  ada.relay.isDown = true;
  ada.relay.cut();
  await until(() => card(first).upload.value?.state.value.state === "waiting");
  ada.relay.isDown = false;
  first.app.connection.retryNow();
  await until(() => stateOf(first) === "complete");
  expect(ada.files.sentBytes).toBe(80_000);
});

test("A full disk is said at the file, which goes on when there is space, while others talk", async () => {
  const { ada, first } = await two();
  ada.files.endsWith = "full";
  await send(first, file("a.bin", 5_000));
  await until(() => card(first)?.upload.value?.state.value.state === "waiting");
  expect(card(first).upload.value!.state.value).toMatchObject({ problem: { key: "problem.disk-low" } });
  room(first).draft.value = "I can still talk";
  room(first).send();
  await until(() => room(first).waiting.value === 0);
  ada.files.endsWith = null;
  ada.clock.advance(5_000);
  await until(() => stateOf(first) === "complete");
});

test("R-CANCEL-2 R-FILE-8: A file that changed is never taken for whole, and both sides are told", async () => {
  const { ada, first, second } = await two();
  ada.files.endsWith = "changed";
  await send(first, file("a.bin", 5_000));
  for (const tab of [first, second]) {
    await until(() => stateOf(tab) === "failed");
    expect(card(tab).state.value).toEqual({ state: "failed", reason: "changed" });
  }
});

test("Who sends a file, or hosts the server, can cancel it; nobody else", async () => {
  const { ada, first, second } = await two();
  ada.files.isFlowing = false;
  await send(first, file("a.bin", 5_000), file("b.bin", 5_000));
  await until(() => cards(second).length === 2);
  expect(card(second).mayCancel.value).toBe(false);
  card(first).cancel();
  await until(() => stateOf(second) === "failed");
  expect(card(second).state.value).toEqual({ state: "failed", reason: "cancelled" });
  expect(card(first).upload.value).toBeNull();
  expect(cards(second)[1]!.state.value.state).toBe("arriving");
});

test("R-UPLOAD-1: After a reload a file with a handle goes on by itself, from where it was", async () => {
  const { ada, first, second } = await two();
  const handle = new FakeHandle(null);
  handle.picked = file("a.bin", 90_000, handle);
  await send(first, handle.picked);
  await until(() => (card(second)?.bytes.value ?? 0) > 5_000);
  first.reload();
  await until(() => stateOf(second) === "complete");
  expect(ada.files.sentBytes).toBe(90_000);
  expect(ada.files.kept.size).toBe(0);
});

test("A handle for which the browser asks goes on at a press of a button", async () => {
  const { ada, first, second } = await two();
  const handle = new FakeHandle(null);
  handle.picked = file("a.bin", 90_000, handle);
  handle.isGranted = false;
  await send(first, handle.picked);
  await until(() => (card(second)?.bytes.value ?? 0) > 5_000);
  first.reload();
  await until(() => room(first)?.unfinished.value.length === 1);
  const upload = room(first).unfinished.value[0]!;
  await until(() => upload.state.value.state === "missing" && upload.state.value.canAsk);
  handle.isWelcome = false;
  expect(await upload.ask()).toMatchObject({ key: "problem.file-denied" });
  handle.isWelcome = true;
  expect(await upload.ask()).toBeNull();
  await until(() => stateOf(second) === "complete");
  expect(ada.files.sentBytes).toBe(90_000);
});

test("R-UPLOAD-1: Without a handle the same file is asked for, and no other is taken", async () => {
  const { ada, first, second } = await two();
  await send(first, file("a.bin", 90_000));
  await until(() => (card(second)?.bytes.value ?? 0) > 5_000);
  first.reload();
  await until(() => room(first)?.unfinished.value.length === 1);
  const upload = room(first).unfinished.value[0]!;
  expect(upload.supply(file("a.bin", 90_001))).toMatchObject({ key: "problem.file-other" });
  expect(upload.supply(file("b.bin", 90_000))).toMatchObject({ key: "problem.file-other" });
  expect(upload.supply(file("a.bin", 90_000))).toBeNull();
  await until(() => stateOf(second) === "complete");
  expect(ada.files.sentBytes).toBe(90_000);
});

test("What became whole while the page was away is not asked for again", async () => {
  const { ada, first } = await two();
  ada.files.isFlowing = false;
  await send(first, file("a.bin", 5_000));
  await until(() => card(first)?.upload.value?.state.value.state === "sending");
  const { file: id } = card(first);
  first.close();
  for (let i = 0; i < 60; i++) ada.relay.say("lobby", `line ${i}`);
  ada.relay.finish(id!);
  first.load();
  await until(() => room(first)?.state.value === "joined");
  await until(() => room(first).unfinished.value.length === 0);
});

test("An offer whose answer was lost is made once, over a reload", async () => {
  const { ada, first, second } = await two();
  ada.relay.ignores = (frame) => frame.type === "offer";
  const handle = new FakeHandle(null);
  handle.picked = file("a.bin", 3_000, handle);
  await send(first, handle.picked);
  await until(() => ada.relay.heard.some(({ type }) => type === "offer"));
  first.reload();
  ada.relay.ignores = () => false;
  await until(() => stateOf(second) === "complete");
  expect(cards(second)).toHaveLength(1);
});

test("Who comes later finds the file and what became of it, also when its offer is far up", async () => {
  const { ada, first } = await two();
  await send(first, file("a.bin", 100));
  await until(() => stateOf(first) === "complete");
  const id = card(first).file!;
  for (let i = 0; i < 60; i++) ada.relay.say("lobby", `line ${i}`);
  ada.relay.take(id, "m2", "Bima");
  const late = new FakeBrowser(ada.relay, ada.clock).tab();
  await late.enter("Citra", "lobby");
  expect(cards(late)).toEqual([]);
  room(late).loadOlder();
  await until(() => cards(late).length === 1);
  expect(card(late).state.value.state).toBe("complete");
  expect(card(late).received.value).toHaveLength(1);
});

test("A ticket is asked for once, and again when it has grown old", async () => {
  const { ada, first, second } = await two();
  await send(first, file("a.bin", 100));
  await until(() => stateOf(second) === "complete");
  const { download } = card(second);
  expect(await download.ask()).toBeNull();
  expect(await download.ask()).toBeNull();
  const asked = () =>
    ada.relay.heard.filter((frame) => frame.type === "ticket" && frame.action === "get").length;
  expect(asked()).toBe(1);
  ada.clock.advance(9.5 * 60_000);
  expect(download.isGood()).toBe(false);
  second.app.connection.retryNow();
  await until(() => second.app.connection.state.value.state === "online");
  expect(await download.ask()).toBeNull();
  expect(asked()).toBe(2);
});

test("How fast a file comes is told by both sides after a second, and no more when it stands still", async () => {
  const { ada, first, second } = await two();
  ada.files.isFlowing = false;
  await send(first, file("a.bin", 1_000_000));
  await until(() => card(first)?.upload.value?.state.value.state === "sending");
  const { file: id } = card(first);
  for (let i = 1; i <= 4; i++) {
    ada.clock.advance(500);
    ada.relay.receive(id!, new Uint8Array(50_000));
    await until(() => card(second).bytes.value === i * 50_000 && card(first).bytes.value === i * 50_000);
  }
  for (const tab of [first, second]) {
    expect(card(tab).pace.value?.bytesPerSecond).toBeCloseTo(100_000, -4);
    expect(card(tab).pace.value?.secondsLeft).toBeCloseTo(8, 0);
  }
  ada.relay.signal({ type: "progress", room: "lobby", file: id!, bytes: 200_000, state: "parked" });
  await until(() => card(second).pace.value === null);
  expect(card(second).state.value).toEqual({ state: "arriving", isParked: true });
});

test("Leaving a room gives up what is still being sent there", async () => {
  const { ada, first, second } = await two();
  await first.app.rooms.join("kitchen");
  first.app.rooms.show(first.app.rooms.list.value[0]!);
  ada.files.isFlowing = false;
  await send(first, file("a.bin", 5_000));
  await until(() => card(first)?.upload.value?.state.value.state === "sending");
  expect(room(first).sending.value).toBe(1);
  first.app.rooms.leave(room(first));
  await until(() => stateOf(second) === "failed");
  expect(ada.storage.keys().filter((key) => key.includes("/upload/"))).toEqual([]);
});
