import { describe, expect, test } from "bun:test";
import { Client, Key } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp();

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("A member that comes back", () => {
  test("after a position gets what it missed, without a gap or a duplicate", async () => {
    const { port } = serve();
    const key = new Key();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi", key);
    const { epoch } = budi.of("joined")[0]!;
    ada.post(1);
    await budi.next({ n: 1 });
    budi.vanish();
    await ada.next("away");
    for (let n = 2; n <= 300; n++) ada.post(n);
    await ada.next({ n: 299 });
    const again = await Client.member(port, "Budi", key);
    again.send({ type: "join", room: "lobby", after: 2, epoch });
    ada.post(301);
    await again.next({ n: 301 });
    expect(again.seqs).toEqual(range(3, 302));
    expect(again.of("welcome")[0]).toMatchObject({ member: budi.of("welcome")[0]?.member });
  });

  test("and posts again while it catches up, gets that answer in its place in the log", async () => {
    const { port } = serve();
    const key = new Key();
    const count = 400;
    const ada = await Client.inRoom(port, "Ada", key);
    const { epoch } = ada.of("joined")[0]!;
    for (let n = 1; n <= count; n++) ada.post(n, "x".repeat(8000));
    await ada.next({ n: count });
    ada.vanish();
    const again = await Client.member(port, "Ada", key);
    // More than the relay reads from the store in one go.
    again.send({ type: "join", room: "lobby", after: 0, epoch });
    again.post(count, "x".repeat(8000));
    await again.next({ n: count });
    expect(again.seqs).toEqual(range(1, count + 1));
    again.post(count, "x".repeat(8000));
    await again.fence();
    expect(again.seqs).toEqual([...range(1, count + 1), count + 1]);
  });

  test("with a position that is no good starts afresh, on the same connection", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const { epoch } = ada.of("joined")[0]!;
    const budi = await Client.member(port, "Budi");
    budi.send({ type: "join", id: 2, room: "lobby", after: 99, epoch });
    expect(await budi.next("error")).toMatchObject({ id: 2, code: "afresh", epoch, head: 1, oldest: 1 });
    budi.send({ type: "join", id: 3, room: "lobby", after: 0, epoch: "AAAAAAAAAAA" });
    expect(await budi.next("error")).toMatchObject({ id: 3, code: "afresh", closes: false });
    budi.send({ type: "join", id: 4, room: "lobby", last: 0 });
    expect(await budi.next({ id: 4 })).toMatchObject({ type: "joined", from: 1 });
  });

  test("moves its cursor by joining again", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const { epoch } = ada.of("joined")[0]!;
    for (let n = 1; n <= 5; n++) ada.post(n);
    await ada.next({ n: 5 });
    const count = ada.frames.length;
    ada.send({ type: "join", id: 3, room: "lobby", after: 3, epoch });
    ada.post(6);
    await ada.next({ n: 6 });
    const frames = ada.frames.slice(count);
    expect(frames.map(({ type, seq }) => seq ?? type)).toEqual(["joined", "people", 4, 5, 6, 7]);
  });
});

describe("A post that comes again", () => {
  test("after the connection was lost gets the same seq", async () => {
    const { port } = serve();
    const key = new Key();
    const ada = await Client.inRoom(port, "Ada", key);
    ada.post(1, "Once");
    const { seq } = await ada.next({ n: 1 });
    ada.vanish();
    const again = await Client.inRoom(port, "Ada", key);
    const count = again.of("entry").length;
    again.post(1, "Once");
    await again.fence();
    again.post(2, "Next");
    await again.next({ n: 2 });
    expect(again.of("entry").slice(count)).toMatchObject([
      { seq, text: "Once" },
      { seq: seq + 1, text: "Next" },
    ]);
  });

  test("after the relay was started anew gets the same seq", async () => {
    const key = new Key();
    const before = serve();
    const ada = await Client.inRoom(before.port, "Ada", key);
    ada.post(5, "Once");
    const entry = await ada.next({ n: 5 });
    const { epoch } = ada.of("joined")[0]!;
    await before.stop();
    const after = serve({ path: before.path });
    const again = await Client.member(after.port, "Ada", key);
    expect(again.of("welcome")[0]).toMatchObject({ member: "m1", server: before.store.serverId });
    again.send({ type: "join", room: "lobby", after: entry.seq, epoch });
    again.post(5, "Once");
    again.post(4, "Never posted");
    again.post(6, "Next");
    await again.next({ n: 6, type: "entry" });
    expect(again.of("entry")).toEqual([entry, expect.objectContaining({ seq: entry.seq + 1, n: 6 })]);
    expect(again.of("error")).toMatchObject([{ code: "number-used", n: 4, mark: 5 }]);
  });
});

describe("Posts faster than the rate", () => {
  test("are refused one by one, held in order, and taken when they come again", async () => {
    const { port } = serve({ ratePerSecond: 5 });
    const ada = await Client.inRoom(port, "Ada");
    expect(ada.of("welcome")[0]).toMatchObject({ rate: 5 });
    for (let n = 1; n <= 24; n++) ada.post(n);
    await ada.next({ code: "held", n: 24 });
    expect(ada.of("error")[0]).toMatchObject({
      code: "rate",
      closes: false,
      room: "lobby",
      device: "laptop",
      n: 21,
    });
    expect(ada.of("error").map(({ code, n }) => `${code} ${n}`)).toEqual([
      "rate 21",
      "held 22",
      "held 23",
      "held 24",
    ]);
    // As the document wants it: everything that is not acknowledged again, in order, until it is.
    while (ada.of("entry").length < 25) {
      const { retryMs } = ada.of("error").at(-1)!;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      const acknowledged = new Set(ada.of("entry").map(({ n }) => n));
      for (const n of range(1, 24).filter((n) => !acknowledged.has(n))) ada.post(n);
      await ada.fence();
    }
    expect(ada.of("entry").flatMap(({ n }) => n ?? [])).toEqual(range(1, 24));
  });
});

test("What is not durable is not shown, and what was shown is there after the relay has gone", async () => {
  const before = serve();
  const ada = await Client.inRoom(before.port, "Ada");
  for (let n = 1; n <= 200; n++) ada.post(n);
  await before.stop();
  await ada.closed();
  const shown = ada.of("entry");
  const after = serve({ path: before.path });
  const budi = await Client.member(after.port, "Budi");
  budi.send({ type: "join", room: "lobby", last: 200 });
  await budi.next({ type: "here" });
  budi.send({ type: "post", room: "lobby", device: "d", n: 1, text: "The end" });
  await budi.next({ text: "The end" });
  const kept = budi.of("entry").slice(0, -1);
  expect(kept.slice(0, shown.length - 1)).toEqual(shown.slice(1, kept.length + 1));
});
