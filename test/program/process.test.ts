import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { help } from "../../src/program/options.ts";
import { Client, Key } from "../relay/client.ts";
import { cleanUp, folder, Program, run, server } from "./program.ts";

cleanUp();

/** A port that is in use until the test ends. */
async function taken(work: (port: string) => Promise<void>): Promise<void> {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  try {
    await work(`${listener.port}`);
  } finally {
    listener.stop(true);
  }
}

/** What a failed start says: one sentence, and nothing else. */
function expectSentence({ stderr, stdout }: { stderr: string; stdout: string }, sentence: string): void {
  expect(stderr).toStartWith("pendopo: ");
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
}

describe("The program", () => {
  test("prints its help and its version", async () => {
    const [helped, versioned] = await Promise.all([run("--help"), run("--version")]);
    expect(helped).toEqual({ code: 0, stdout: help, stderr: "" });
    expect(versioned).toEqual({ code: 0, stdout: `pendopo ${version}\n`, stderr: "" });
  });

  test("refuses a wrong command line with one sentence and exit code 2", async () => {
    for (const args of [["--sever"], ["--port", "x"], ["--connect", "not an address"], ["lobby"]]) {
      const end = await run(...args);
      expect(end.code).toBe(2);
      expectSentence(end, args.at(-1)!);
    }
  });

  test("R-SEC-2: tells what listens: the page, how others join, where things are kept", async () => {
    const data = join(folder(), "data");
    const program = server(data);
    const { relayPort, origin, hostSecret } = await program.listening();
    const invite = new RegExp(
      `Others join: {2}pendopo --connect 127\\.0\\.0\\.1:${relayPort}/[a-z2-7]{4}(-[a-z2-7]{4}){4}\n`,
    );
    expect(program.stdout).toMatch(invite);
    expect(program.stdout).toContain(`Kept in:      ${data}\n`);
    expect(hostSecret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(program.stdout.split(`${origin}/#host=${hostSecret}\n`)).toHaveLength(2);
    expect(program.stdout.split(hostSecret!)).toHaveLength(2);
    const state = await (await fetch(`${origin}/api/bridge`)).json();
    expect(state).toMatchObject({ program: "pendopo", version, mode: "server" });
    expect(JSON.stringify(state)).not.toContain(hostSecret!);
  });
});

test.skipIf(process.platform !== "linux")(
  "R-MEMBER-4 R-SEC-2: The browser is opened with another secret than that which is printed",
  async () => {
    const bin = folder();
    const opened = join(bin, "opened");
    writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 });
    const args = [
      "--server",
      "--data",
      join(bin, "data"),
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--web-port",
      "0",
    ];
    const program = new Program(args, { PATH: `${bin}:${process.env.PATH}`, DISPLAY: ":0" });
    const { origin, hostSecret } = await program.listening();
    for (let i = 0; i < 500 && !(existsSync(opened) && readFileSync(opened).length > 0); i++)
      await Bun.sleep(10);
    const address = readFileSync(opened, "utf8").trim();
    expect(address).toMatch(/^http:\/\/localhost:\d+\/#host=[A-Za-z0-9_-]{43}$/);
    expect(address).toStartWith(`${origin}/`);
    expect(address).not.toContain(hostSecret!);
  },
);

test("R-SEC-1: Not even the most talkative log has texts, keys, signatures or secrets", async () => {
  const program = server(folder(), "--log-level", "debug");
  const { relayPort, hostSecret } = await program.listening();
  const key = new Key();
  const ada = await Client.challenged(relayPort);
  const hello = key.hello(ada.challenge, "Ada of the log");
  ada.send(hello);
  await ada.next("welcome");
  const roomKey = "a room key for few";
  ada.send({ type: "join", room: "A quiet room", key: roomKey, create: true });
  await ada.next({ type: "people", isLast: true });
  const text = "Nobody else is to read this";
  ada.send({ type: "post", room: "A quiet room", device: "laptop", n: 1, text });
  await ada.next({ text });
  ada.send({ type: "post", room: "another", device: "laptop", n: 2, text });
  await ada.next({ code: "not-joined" });
  ada.send({ type: "join", room: "A quiet room", key: `${roomKey}s` });
  ada.send({ type: "host", secret: hostSecret });
  await ada.next("ok");
  ada.send({ type: "host", secret: `x${hostSecret!.slice(1)}` });
  await ada.next({ code: "secret-wrong" });
  ada.send({ type: "carry", box: "A".repeat(100) });
  const { code } = await ada.next("carried");
  // What makes a relay speak of somebody: a signature that is wrong, and a line that is none.
  const eve = await Client.challenged(relayPort);
  eve.send(hello);
  await eve.next({ code: "signature-wrong" });
  ada.write(`${text}\n`);
  await ada.next({ code: "not-json" });
  await ada.closed();
  program.signal("SIGTERM");
  const { stderr } = await program.ended();
  expect(stderr).toContain("A connection came");
  const secrets = { text, roomKey, hostSecret, code, key: hello.key, signature: hello.signature };
  for (const [what, secret] of Object.entries(secrets)) {
    expect(String(secret).length).toBeGreaterThan(15);
    expect([what, stderr.includes(String(secret))]).toEqual([what, false]);
  }
});

describe("A start fails with one sentence and exit code 1, and nothing is written", () => {
  test("when the relay's port is in use", async () => {
    await taken(async (port) => {
      const data = join(folder(), "data");
      const end = await server(data, "--port", port).ended();
      expect(end.code).toBe(1);
      expectSentence(end, `Cannot listen on 127.0.0.1 port ${port}: another program uses it`);
      expect(existsSync(data)).toBe(false);
    });
  });

  test("when the page's port was asked for and is in use", async () => {
    await taken(async (port) => {
      const data = join(folder(), "data");
      const end = await server(data, "--web-port", port).ended();
      expect(end.code).toBe(1);
      expectSentence(end, `port ${port}: another program uses it`);
      expect(existsSync(data)).toBe(false);
    });
  });

  test("when the machine does not have the address", async () => {
    const data = join(folder(), "data");
    const end = await server(data, "--host", "192.0.2.1", "--port", "45678").ended();
    expect(end.code).toBe(1);
    expectSentence(end, "Cannot listen on 192.0.2.1 port 45678: this machine does not have that address");
    expect(existsSync(data)).toBe(false);
  });

  test("when the data directory cannot be made", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "mine");
    const end = await server(file).ended();
    expect(end.code).toBe(1);
    expectSentence(end, `Cannot use the data directory ${file}: it cannot be written`);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("when another process uses the data directory, which goes on undisturbed", async () => {
    const data = folder();
    const first = server(data);
    const { relayPort } = await first.listening();
    const ada = await Client.inRoom(relayPort, "Ada");
    const names = readdirSync(data);
    const end = await server(data).ended();
    expect(end.code).toBe(1);
    expectSentence(end, `Cannot use the data directory ${data}: another process of this program uses it`);
    expect(readdirSync(data)).toEqual(names);
    ada.post(1, "Still well");
    await ada.next({ text: "Still well" });
  });

  test("when a newer version wrote the database, which stays as it is", async () => {
    const data = folder();
    const file = join(data, "pendopo.db");
    const db = new Database(file);
    db.run("PRAGMA user_version = 1000");
    db.run("CREATE TABLE of_the_future (x)");
    db.close();
    const before = readFileSync(file);
    const end = await server(data).ended();
    expect(end.code).toBe(1);
    expectSentence(end, `Cannot use ${file}: a newer version of this program wrote it`);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(data).filter((name) => name !== "lock")).toEqual(["pendopo.db"]);
  });

  test("when the database is damaged", async () => {
    const data = folder();
    writeFileSync(join(data, "pendopo.db"), "This is no database, and has never been one.".repeat(50));
    const end = await server(data).ended();
    expect(end.code).toBe(1);
    expectSentence(end, "it is damaged or no database of this program");
  });
});

describe("The program stops in order", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`at ${signal}: keeps what it took, tells everybody, and ends with exit code 0`, async () => {
      const data = folder();
      const program = server(data);
      const { relayPort } = await program.listening();
      const ada = await Client.inRoom(relayPort, "Ada");
      ada.post(1, "The last word");
      await ada.fence();
      program.signal(signal);
      const { code, stderr } = await program.ended();
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      await ada.closed();
      expect(ada.frames.at(-1)).toMatchObject({ code: "shutting-down" });
      expect(readdirSync(data).sort()).toEqual(["certificate.pem", "lock", "pendopo.db"]);
    });
  }

  test("also while somebody does not read, within five seconds", async () => {
    const program = server(folder(), "--rate", "0");
    const { relayPort } = await program.listening();
    const ada = await Client.inRoom(relayPort, "Ada");
    const slow = await Client.inRoom(relayPort, "Slow");
    slow.stopReading();
    for (let n = 1; n <= 1500; n++) ada.post(n, "x".repeat(8000));
    await ada.until(() => ada.of("entry").length === 1501, "all entries");
    program.signal("SIGTERM");
    expect((await program.ended()).code).toBe(0);
  });

  test("as a start page, and as somebody who joined", async () => {
    const host = server(folder());
    const { relayPort } = await host.listening();
    const guest = new Program(["--connect", `127.0.0.1:${relayPort}`, "--no-open", "--web-port", "0"]);
    await guest.listening();
    expect(guest.stdout).toContain(`Joining:      127.0.0.1:${relayPort}\n`);
    guest.signal("SIGTERM");
    expect((await guest.ended()).code).toBe(0);
  });
});

test("After kill -9 and a new start every line that was seen is there, in the same order", async () => {
  const data = folder();
  const key = new Key();
  const first = server(data, "--rate", "0");
  const before = await first.listening();
  const ada = await Client.inRoom(before.relayPort, "Ada", key);
  const budi = await Client.inRoom(before.relayPort, "Budi");
  for (let n = 1; n <= 2000; n++) ada.post(n);
  // In the middle of it all.
  await budi.until(() => budi.of("entry").length > 500, "some entries");
  await first.kill();
  await budi.closed();
  const seen = budi.of("entry");
  const { epoch } = budi.of("joined")[0]!;

  const second = server(data, "--rate", "0");
  const { relayPort } = await second.listening();
  const again = await Client.member(relayPort, "Ada", key);
  again.send({ type: "join", room: "lobby", after: 0, epoch });
  const { head } = await again.next("joined");
  await again.until(() => again.seqs.at(-1) === head, "the head");
  expect(again.of("entry").slice(0, seen.length)).toEqual(seen);
  expect(again.seqs).toEqual(Array.from({ length: head }, (_, i) => i + 1));
  // What was posted and not seen is posted again: each message is there once.
  for (let n = 1; n <= 2000; n++) again.post(n);
  await again.until(() => again.of("entry").length >= head + 2000, "an answer to each");
  const texts = new Map(again.of("entry").map(({ seq, text }) => [seq, text]));
  expect([...texts.values()].slice(1)).toEqual(Array.from({ length: 2000 }, (_, i) => `Message ${i + 1}`));
});
