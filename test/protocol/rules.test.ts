import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkRelayFrame, type JsonObject } from "../../src/wire/decode.ts";
import { limits } from "../../src/wire/limits.ts";
import { Connection } from "./connection.ts";
import { Document } from "./document.ts";
import { OldProgram } from "./old-program.ts";
import { greet, newPerson, type Person } from "./person.ts";
import { startTestRelay, type TestRelay } from "./relay.ts";

/*
 * Rules of the document that an example cannot show: bytes that are no text, times, restarts, absence.
 */

const running: TestRelay[] = [];

afterEach(async () => {
  for (const relay of running.splice(0)) await relay.stop();
});

async function start(options?: Parameters<typeof startTestRelay>[0]): Promise<TestRelay> {
  const relay = await startTestRelay(options);
  running.push(relay);
  return relay;
}

async function member(relay: TestRelay, name = "Ada", person: Person = newPerson()): Promise<Connection> {
  const connection = await Connection.open(relay.port);
  await greet(connection, person, name);
  return connection;
}

async function enter(connection: Connection, room = "lobby", fields: object = {}): Promise<JsonObject> {
  connection.send(JSON.stringify({ type: "join", room, ...fields }));
  const joined = await connection.expect("joined");
  await connection.expect("people");
  return joined;
}

function post(n: number, text = `Message ${n}`, room = "lobby"): string {
  return JSON.stringify({ type: "post", room, device: "laptop", n, text });
}

describe("§4", () => {
  test("R-STATE-1 R-STATE-2: the relay is silent until it has read a brace", async () => {
    const relay = await start();
    const [first, second] = [await Connection.open(relay.port), await Connection.open(relay.port)];
    // The second connection's whole opening passes; the first has seen nothing meanwhile.
    await greet(second, newPerson(), "Ada");
    expect(first.rest).toEqual([]);
    await greet(first, newPerson(), "Budi");
  });

  test("R-STATE-3 R-2021-1: what begins with no brace and is no login is closed without a word", async () => {
    const relay = await start();
    for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\n{}\n", "\u0016\u0003\u0001", " {}\n"]) {
      const connection = await Connection.open(relay.port);
      connection.sendBytes(new TextEncoder().encode(bytes));
      await connection.ended();
      expect(connection.rest).toEqual([]);
    }
  });

  test("R-STATE-3 R-2021-8: what begins with no brace and is a login is let in", async () => {
    const relay = await start();
    const program = await OldProgram.open(relay.port);
    program.write(Buffer.from("Ada\nlobby\n"));
    expect((await program.read()).toString()).toBe("New Group created");
    program.close();
  });

  test("R-STATE-5 R-CLOSE-1: no hello in time is the fault hello-late", async () => {
    const relay = await start({ timing: { helloMsMax: 1 } });
    const connection = await Connection.open(relay.port);
    connection.sendBytes(Buffer.from("{"));
    expect(await connection.expect("error")).toMatchObject({ code: "hello-late", closes: true, retryMs: 0 });
    await connection.ended();
  });
});

describe("§5", () => {
  test("R-FRAME-2: a line of 65,536 bytes is taken, one of 65,537 is the fault line-too-long", async () => {
    const relay = await start();
    const connection = await member(relay);
    const lineOf = (bytes: number) => {
      const [head, tail] = ['{"type":"ping","x":"', '"}'];
      return head + "x".repeat(bytes - 1 - head.length - tail.length) + tail;
    };
    connection.send(lineOf(limits.lineBytesMax));
    await connection.expect("pong");
    connection.send(lineOf(limits.lineBytesMax + 1));
    expect(await connection.expect("error")).toMatchObject({ code: "line-too-long", closes: true });
    await connection.ended();
  });

  test("R-FRAME-3: lines are read however the stream is cut", async () => {
    const relay = await start();
    const connection = await member(relay);
    await enter(connection);
    await connection.expect("entry");
    const bytes = new TextEncoder().encode(`${post(1, "☕ é")}\n`);
    for (let at = 0; at < bytes.length; at++) {
      connection.sendBytes(bytes.subarray(at, at + 1));
      // So that the bytes leave one by one: Bun gathers what is written in one step.
      await Bun.sleep(0);
    }
    expect(await connection.expect("entry")).toMatchObject({ seq: 2, text: "☕ é" });
    connection.send(Array.from({ length: 100 }, () => '{"type":"ping"}').join("\n"));
    for (let i = 0; i < 100; i++) await connection.expect("pong");
  });

  test("R-FRAME-4: bytes that are not UTF-8 are the fault not-utf8", async () => {
    const relay = await start();
    const connection = await member(relay);
    connection.sendBytes(Buffer.from([...Buffer.from('{"type":"ping","x":"'), 0xff, 0x22, 0x7d, 0x0a]));
    expect(await connection.expect("error")).toMatchObject({ code: "not-utf8", closes: true, retryMs: null });
    await connection.ended();
  });

  test("R-FRAME-5 R-FRAME-7: an empty line and a byte order mark are not JSON", async () => {
    const relay = await start();
    for (const [i, line] of ["", "\ufeff{}", "[]", "null", "7"].entries()) {
      const connection = await member(relay, `Ada ${i}`);
      connection.send(line);
      expect(await connection.expect("error")).toMatchObject({ code: "not-json", closes: true });
      await connection.ended();
    }
  });

  test("R-FRAME-6: the lines before a broken one count", async () => {
    const relay = await start();
    const connection = await member(relay);
    connection.send('{"type":"ping"}\n{"type":"ping"}\nbroken\n{"type":"ping"}');
    await connection.expect("pong");
    await connection.expect("pong");
    await connection.expect("error");
    await connection.ended();
    expect(connection.rest).toEqual([]);
  });

  test("R-FRAME-9 R-GROW-2: our own client passes over frames and kinds of entries from the future", () => {
    expect(checkRelayFrame({ type: "hologram" })).toBeUndefined();
    const entry = { type: "entry", room: "lobby", seq: 1, at: 0, member: "m1", name: "Ada", kind: "react" };
    expect(checkRelayFrame(entry)).toMatchObject({ kind: "other", seq: 1 });
  });

  test("R-ERR-2: a refusal keeps the connection", async () => {
    const relay = await start();
    const connection = await member(relay);
    connection.send('{"type":"dance"}\n{"type":"ping"}');
    await connection.expect("error");
    await connection.expect("pong");
  });
});

describe("§7", () => {
  test("R-OPEN-4 R-ONCE-1 R-MEMBER-2 R-HELLO-4: a server keeps its id, members, hosts and marks over a restart", async () => {
    const data = await mkdtemp(join(tmpdir(), "pendopo-restart-"));
    const person = newPerson();
    const first = await startTestRelay({ data });
    const before = await member(first, "Ada", person);
    const { epoch } = await enter(before);
    await before.expect("entry");
    before.send(post(7));
    const entry = await before.expect("entry");
    before.send(JSON.stringify({ type: "host", secret: first.hostSecret }));
    await before.expect("ok");
    await first.stop();

    const second = await start({ data });
    const after = await Connection.open(second.port);
    const welcome = await greet(after, person, "Ada");
    expect(welcome).toMatchObject({ member: before.member, isHost: true, server: before.server });
    await enter(after, "lobby", { after: 2, epoch });
    after.send(post(7));
    expect(await after.expect("entry")).toEqual(entry);
    after.send(post(6));
    expect(await after.expect("error")).toMatchObject({ code: "number-used", mark: 7 });
    await running.pop()?.stop();
    await rm(data, { recursive: true });
  });

  test("R-OPEN-6: every connection gets another nonce of 32 bytes", async () => {
    const relay = await start();
    const nonces = new Set<unknown>();
    for (let i = 0; i < 20; i++) {
      const connection = await Connection.open(relay.port);
      connection.send('{"type":"prelude","versions":[1],"transport":"plain"}');
      await connection.expect("prelude");
      const { nonce } = await connection.expect("challenge");
      expect(Buffer.from(String(nonce), "base64url")).toHaveLength(32);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(20);
  });

  test("R-SEC-3 R-HELLO-2: a hello heard on one connection is of no use on another", async () => {
    const relay = await start();
    const heard = newPerson();
    const victim = await Connection.open(relay.port);
    const { hello } = await opened(victim, heard);
    const thief = await Connection.open(relay.port);
    await opened(thief, newPerson());
    thief.send(hello);
    expect(await thief.expect("error")).toMatchObject({ code: "signature-wrong", closes: true });
    await thief.ended();
    victim.send(hello);
    await victim.expect("welcome");
  });

  async function opened(connection: Connection, person: Person): Promise<{ hello: string }> {
    connection.send('{"type":"prelude","versions":[1],"transport":"plain"}');
    await connection.expect("prelude");
    const challenge = await connection.expect("challenge");
    const signature = person.sign(challenge);
    return { hello: JSON.stringify({ type: "hello", key: person.key, signature, name: "Ada" }) };
  }
});

describe("§8", () => {
  test("R-NAME-1 R-NAME-2: names and rooms that nobody can read are refused", async () => {
    const relay = await start();
    const connection = await member(relay);
    const bad = ["", "  ", "\u200d", "a\u0000b", "a\u202eb", "\ue000", "a\u200bb"];
    for (const name of [...bad, "x".repeat(limits.nameCharsMax + 1)]) {
      connection.send(JSON.stringify({ type: "rename", name }));
      expect(await connection.expect("error")).toMatchObject({ code: "name-invalid" });
    }
    for (const room of [...bad, "x".repeat(limits.roomCharsMax + 1)]) {
      connection.send(JSON.stringify({ type: "join", room }));
      expect(await connection.expect("error")).toMatchObject({ code: "room-invalid" });
    }
    connection.send(JSON.stringify({ type: "rename", name: "☕".repeat(limits.nameCharsMax) }));
    await connection.expect("ok");
  });
});

describe("§9", () => {
  test("R-JOIN-5: another spelling than that of `joined` is not-joined", async () => {
    const relay = await start();
    const connection = await member(relay);
    await enter(connection, "Lobby");
    await connection.expect("entry");
    connection.send(post(1, "Hello", "lobby"));
    expect(await connection.expect("error")).toMatchObject({ code: "not-joined", room: "lobby", n: 1 });
  });

  test("R-PEOPLE-2: a member with two connections is listed once", async () => {
    const relay = await start();
    const person = newPerson();
    const one = await member(relay, "Ada", person);
    await enter(one);
    const other = await member(relay, "Ada", person);
    other.send('{"type":"join","room":"lobby"}');
    await other.expect("joined");
    expect(await other.expect("people")).toMatchObject({ people: [{ member: one.member, name: "Ada" }] });
  });

  test("R-PEOPLE-1: a long list comes in several frames, the first and the last marked", async () => {
    const relay = await start();
    const count = limits.peopleFrameMax + 1;
    for (let i = 1; i < count; i++) await enter(await member(relay, `Member ${i}`));
    const connection = await member(relay, "Last");
    connection.send('{"type":"join","room":"lobby","last":0}');
    await connection.expect("joined");
    const frames = [await connection.expect("people"), await connection.expect("people")];
    expect(frames.map(({ isFirst, isLast }) => [isFirst, isLast])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(frames.flatMap(({ people }) => people)).toHaveLength(count);
  });
});

describe("§10", () => {
  test("R-POST-5: 8,192 bytes are a text, 8,193 are too long", async () => {
    const relay = await start();
    const connection = await member(relay);
    await enter(connection);
    await connection.expect("entry");
    connection.send(post(1, "x".repeat(limits.textBytesMax)));
    await connection.expect("entry");
    connection.send(post(2, `${"x".repeat(limits.textBytesMax - 1)}é`));
    expect(await connection.expect("error")).toMatchObject({ code: "text-too-long", n: 2 });
  });
});

describe("§10.3", () => {
  test("R-HELD-1 R-HELD-2: what is sent again in order after its time keeps its order", async () => {
    const relay = await start();
    const connection = await member(relay);
    await enter(connection);
    await connection.expect("entry");
    const all = Array.from({ length: limits.rateBurst + 3 }, (_, i) => i + 1);
    connection.send(all.map((n) => post(n)).join("\n"));
    const taken: unknown[] = [];
    const refused: JsonObject[] = [];
    while (taken.length + refused.length < all.length) {
      const frame = await connection.next("frame", "an entry or a refusal");
      if (frame.type === "entry") taken.push(frame.n);
      else refused.push(frame);
    }
    expect(taken).toEqual(all.slice(0, limits.rateBurst));
    expect(refused.map(({ code, n }) => [code, n])).toEqual([
      ["rate", 21],
      ["held", 22],
      ["held", 23],
    ]);
    relay.skip(1_000);
    connection.send([21, 22, 23].map((n) => post(n)).join("\n"));
    for (const n of [21, 22, 23]) expect(await connection.expect("entry")).toMatchObject({ n, seq: n + 1 });
  });
});

describe("§11", () => {
  test("R-RESUME-3 R-JOIN-1 R-SLOW-2: a thousand missed entries follow one `join`, in order, then live ones", async () => {
    const relay = await start({ ratePerSecond: 0 });
    const writer = await member(relay, "Ada");
    const { epoch } = await enter(writer);
    const count = 1_000;
    for (let n = 1; n <= count; n++) writer.send(post(n));
    for (let seq = 1; seq <= count + 1; seq++) expect(await writer.expect("entry")).toMatchObject({ seq });
    const reader = await member(relay, "Budi");
    await enter(reader, "lobby", { after: 0, epoch });
    writer.send(post(count + 1));
    for (let seq = 1; seq <= count + 2; seq++) expect(await reader.expect("entry")).toMatchObject({ seq });
  });
});

describe("§12", () => {
  test("R-SLOW-1 R-SLOW-2 R-SLOW-3: a member that does not read delays nobody, and misses nothing but signals", async () => {
    const relay = await start({ ratePerSecond: 0 });
    const [writer, slow, quick] = [
      await member(relay, "Ada"),
      await member(relay, "Budi"),
      await member(relay, "Citra"),
    ];
    for (const connection of [writer, slow, quick]) {
      await enter(connection, "lobby", { last: 0 });
    }
    await writer.expect("entry");
    slow.pause();
    const text = "x".repeat(8_000);
    const count = 2_000;
    for (let n = 1; n <= count; n++) {
      writer.send(post(n, text));
      // In step with the quick one: the bytes are far more than the slow one's socket holds.
      if (n % 100 === 0) for (let i = 0; i < 100; i++) await quick.expect("entry");
    }
    // A signal that the slow one cannot be told now: the list of people comes instead.
    quick.send('{"type":"leave","room":"lobby"}');
    await quick.expect("ok");
    slow.resume();
    let people: unknown;
    for (let seq = 2; seq <= count + 1 || people === undefined; ) {
      const frame = await slow.next("frame", "an entry or people");
      if (frame.type === "people") people = frame.people;
      else expect(frame).toMatchObject({ type: "entry", seq: seq++ });
    }
    expect(people).toEqual([
      { member: writer.member, name: "Ada" },
      { member: slow.member, name: "Budi" },
    ]);
  });
});

describe("§13.5", () => {
  test("R-SIGNAL-7 R-SIGNAL-8: a full disk acknowledges nothing, and everybody hears of it and of its end", async () => {
    const relay = await start();
    const [writer, reader] = [await member(relay, "Ada"), await member(relay, "Budi")];
    for (const connection of [writer, reader]) await enter(connection, "lobby", { last: 0 });
    await writer.expect("entry");
    relay.disk.isFull = true;
    writer.send(post(1));
    expect(await writer.expect("error")).toMatchObject({ code: "storage-full", closes: false, n: 1 });
    for (const connection of [writer, reader]) expect(await storage(connection)).toBe(true);
    relay.disk.isFull = false;
    relay.skip(5_000);
    writer.send(post(1));
    for (const connection of [writer, reader]) {
      expect(await connection.expect("entry")).toMatchObject({ seq: 2, n: 1 });
      expect(await storage(connection)).toBe(false);
    }
  });

  /** The next of these signals, past those of coming and going. */
  async function storage(connection: Connection): Promise<unknown> {
    for (;;) {
      const signal = await connection.next("signal", "storage");
      if (signal.type === "storage") return signal.isFull;
    }
  }
});

describe("§15", () => {
  test("R-LIVE-3: the relay pings who is silent, and R-LIVE-4: ends who stays silent", async () => {
    const relay = await start({ timing: { pingAfterMs: 1, silenceMsMax: 2_000 } });
    const connection = await member(relay);
    await connection.expect("ping");
    expect(await connection.expect("error")).toMatchObject({ code: "silence", closes: true, retryMs: 0 });
    await connection.ended();
  });

  test("R-LIVE-1 R-LIVE-4: who answers pings stays", async () => {
    const relay = await start({ timing: { pingAfterMs: 1, silenceMsMax: 2_500 } });
    const [silent, connection] = [await member(relay, "Ada"), await member(relay, "Budi")];
    // Until another one, who came before, has been ended for its silence.
    while (!silent.isClosed) {
      await connection.expect("ping");
      connection.send('{"type":"pong"}');
    }
    connection.send('{"type":"ping"}');
    await connection.expect("pong");
  }, 20_000);
});

describe("§16", () => {
  test("R-ERR-4: No sentence of an error has a path, a key, or what others have said", async () => {
    const data = await mkdtemp(join(tmpdir(), "pendopo-sentences-"));
    const relay = await start({ data });
    const people = [newPerson(), newPerson()] as const;
    const ada = await member(relay, "Ada", people[0]);
    await enter(ada);
    await ada.expect("entry");
    const text = "For those who are here";
    ada.send(post(1, text));
    await ada.expect("entry");
    const roomKey = "correct horse";
    await enter(ada, "Closed", { key: roomKey, create: true });
    await ada.expect("entry");

    const budi = await member(relay, "Budi", people[1]);
    await enter(budi);
    await budi.expect("entry");
    await budi.expect("entry");
    const sentences: [code: unknown, sentence: unknown][] = [];
    const refused = async (frame: object) => {
      budi.send(JSON.stringify(frame));
      const { code, message } = await budi.expect("error");
      sentences.push([code, message]);
    };
    const guess = "incorrect horse";
    const closed = { type: "join", room: "Closed" };
    const file = "x".repeat(21).concat("A");
    await refused({ ...closed });
    await refused({ ...closed, key: guess });
    await refused({ ...closed, key: guess, create: true });
    await refused({ ...closed, key: `${guess}\u0000` });
    await refused({ ...closed, key: guess.repeat(100) });
    await refused({ ...closed, key: [guess] });
    await refused({ type: "host", secret: `${relay.hostSecret}x` });
    await refused({ type: "join", room: "lobby", after: 99, epoch: "AAAAAAAAAAA" });
    await refused({ type: "host", secret: "g".repeat(43) });
    await refused({ type: "free", name: "Ada" });
    await refused({ type: "rename", name: "ada" });
    await refused({ type: "ticket", room: "lobby", file, action: "get" });
    await refused({ type: "direct", member: "m99" });
    await refused({ type: "rekey", room: "lobby", key: guess });
    await refused({ type: "post", room: "Closed", device: "laptop", n: 1, text: "x" });
    await refused({ type: "offer", room: "lobby", device: "files", n: 1, name: " ", size: 1 });
    budi.send(post(2, "Mine"));
    await budi.expect("entry");
    await refused({ type: "post", room: "lobby", device: "laptop", n: 1, text: "Late" });
    relay.disk.isFull = true;
    await refused({ type: "post", room: "lobby", device: "laptop", n: 3, text: "Too much" });
    await refused({ type: "post", room: "lobby", device: "laptop", n: 4, text: "Held" });
    relay.disk.isFull = false;
    budi.send("no line of this wire");
    const last = await budi.expect("error");
    sentences.push([last.code, last.message]);

    expect(new Set(sentences.map(([code]) => code)).size).toBeGreaterThan(12);
    const keys = [...people.map(({ key }) => key), roomKey, guess, relay.hostSecret, "g".repeat(43)];
    for (const secret of [data, tmpdir(), "/src/", "test's disk", text, ...keys]) {
      expect(sentences.filter(([, sentence]) => String(sentence).includes(secret))).toEqual([]);
    }
    await running.pop()?.stop();
    await rm(data, { recursive: true });
  });
});

describe("§17", () => {
  test("R-CLOSE-2: whole lines before the end count, an unfinished one does not", async () => {
    const relay = await start();
    const [leaver, witness] = [await member(relay, "Ada"), await member(relay, "Budi")];
    await enter(leaver);
    await enter(witness, "lobby", { last: 0 });
    await leaver.expect("entry");
    leaver.sendBytes(Buffer.from(`${post(1, "The last word")}\n${post(2, "Not this one")}`));
    leaver.close();
    for (let text: unknown; text !== "The last word"; ) text = (await witness.expect("entry")).text;
    witness.send(post(1, "Still here"));
    expect(await witness.expect("entry")).toMatchObject({ text: "Still here" });
  });

  test("R-CLOSE-3 R-CLOSE-1: a relay that is stopped keeps what it took, and says goodbye", async () => {
    const data = await mkdtemp(join(tmpdir(), "pendopo-stop-"));
    const person = newPerson();
    const first = await startTestRelay({ data });
    const connection = await member(first, "Ada", person);
    await enter(connection);
    await connection.expect("entry");
    connection.send(`${post(1)}\n{"type":"ping"}`);
    const stopped = first.stop();
    const seen: unknown[] = [];
    for (
      let frame = await connection.next("frame", "goodbye");
      ;
      frame = await connection.next("frame", "goodbye")
    ) {
      if (frame.type === "entry") seen.push(frame.seq);
      if (frame.type !== "error") continue;
      expect(frame).toMatchObject({ code: "shutting-down", closes: true, retryMs: 1_000 });
      break;
    }
    await connection.ended();
    await stopped;
    const second = await start({ data });
    const again = await member(second, "Ada", person);
    expect(await enter(again)).toMatchObject({ head: 1 + seen.length });
    await running.pop()?.stop();
    await rm(data, { recursive: true });
  });
});

describe("Appendix A", async () => {
  const documents = [await Document.read("en"), await Document.read("id")];
  for (const { path, fences } of documents) {
    test(`the script of ${path} opens a connection and passes on what is typed`, async () => {
      const relay = await start();
      const folder = await mkdtemp(join(tmpdir(), "pendopo-greet-"));
      const [script] = fences.filter(({ mark }) => mark === "js");
      const typed = fences
        .filter(({ mark }) => mark === "sh")
        .at(-1)
        ?.text.split("\n")
        .filter((line) => line.startsWith("{"));
      await Bun.write(join(folder, "greet.mjs"), script?.text ?? "");
      const running = Bun.spawn([process.execPath, "greet.mjs", "127.0.0.1", String(relay.port), "Ada"], {
        cwd: folder,
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
      });
      const types: string[] = [];
      for await (const line of linesOf(running.stdout)) {
        const { type } = JSON.parse(line);
        types.push(type);
        if (type === "welcome") running.stdin.write(`${typed?.join("\n")}\n`);
        if (type === "page") running.kill();
      }
      expect(types.filter((type) => type !== "here" && type !== "entry")).toEqual([
        "prelude",
        "challenge",
        "welcome",
        "joined",
        "people",
        "page",
      ]);
      await rm(folder, { recursive: true });
    });
  }
});

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
