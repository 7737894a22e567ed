import type { JsonObject } from "../../src/wire/decode.ts";
import { limits } from "../../src/wire/limits.ts";
import { sleep } from "../dialect-2021/patient-time.ts";
import { Connection, postKey, rowOf } from "./connection.ts";
import { OldProgram } from "./old-program.ts";
import { greet, newPerson, open, type Person } from "./person.ts";
import type { TestRelay } from "./relay.ts";

/** What a line of an example asks for. Labels are "", "1", "2", "1b": the person's number, and a letter. */
type Step =
  | { do: "say"; label: string; line: string }
  | { do: "hear"; label: string; line: string }
  | { do: "put" | "get"; label: string; text: string }
  | { do: "transfer"; label: string }
  | { do: "close" | "ended"; label: string }
  | { do: "enter"; label: string; name: string; room: string | undefined }
  | { do: "posted"; label: string; from: number; to: number; word: string }
  /** What a program of 2021 writes, and what it reads at once. */
  | { do: "write" | "read"; label: string; bytes: string }
  | { do: "leave" | "reset"; label: string }
  | { do: "pause"; label: string; ms: number };

/** Long enough for one more message of the relay to come, which the example does not have. */
const lastPauseMs = limits.dialectPauseMs + 50;

/**
 * Plays an example of the document (its §1.3 says how they are written) against a relay that nobody has used.
 *
 * @throws an error that names the line which did not happen as printed.
 */
export async function play(text: string, relay: TestRelay): Promise<void> {
  const player = new Player(relay);
  const steps = text.split("\n").flatMap((line) => stepOf(line) ?? []);
  for (const [i, step] of steps.entries()) {
    try {
      await player.play(step, steps[i + 1]);
    } catch (error) {
      throw new Error(`${describe(step)}\n${(error as Error).message}`, { cause: error });
    }
  }
  await player.finish();
}

function stepOf(line: string): Step | undefined {
  const [, who, label = "", rest = ""] = /^([CS])(\d*[a-z]?): (.*)$/.exec(line) ?? [];
  if (who !== undefined) return { do: who === "C" ? "say" : "hear", label, line: rest };
  const bytes = /^([CS])(\d*[a-z]?)> (".*")$/.exec(line);
  if (bytes !== null) {
    return { do: bytes[1] === "C" ? "put" : "get", label: bytes[2] ?? "", text: JSON.parse(bytes[3] ?? "") };
  }
  const [, closer, closed = ""] = /^([CS])(\d*[a-z]?) (?:closes|menutup)$/.exec(line) ?? [];
  if (closer !== undefined) return { do: closer === "C" ? "close" : "ended", label: closed };
  const [, transfer] =
    /^# C(\d*[a-z]?) (?:is a transfer connection|adalah koneksi transfer)$/.exec(line) ?? [];
  if (transfer !== undefined) return { do: "transfer", label: transfer };
  const entering = /^# C(\d*[a-z]?) (?:is|adalah) (\w+)(?:, (?:in|di) "([^"]+)")?$/.exec(line);
  if (entering) return { do: "enter", label: entering[1] ?? "", name: entering[2] ?? "", room: entering[3] };
  const posted = /^# C(\d*[a-z]?) (posted|sudah mengirim) (\d+) (?:to|sampai) (\d+)$/.exec(line);
  if (posted) {
    const word = posted[2] === "posted" ? "Message" : "Pesan";
    return { do: "posted", label: posted[1] ?? "", from: Number(posted[3]), to: Number(posted[4]), word };
  }
  const [, old = "", way, message = ""] = /^O(\d*)([<>]) (.*)$/.exec(line) ?? [];
  if (way !== undefined) return { do: way === ">" ? "write" : "read", label: old, bytes: message };
  const [, over, how] = /^O(\d*) (closes|menutup|is reset|direset)$/.exec(line) ?? [];
  if (over !== undefined) return { do: /reset/.test(how ?? "") ? "reset" : "leave", label: over };
  const [, ms] = /^\((\d+) ms\)$/.exec(line) ?? [];
  if (ms !== undefined) return { do: "pause", label: "", ms: Number(ms) };
  if (line === "" || line.startsWith("#")) return undefined;
  throw new Error(`Cannot play "${line}": §1.3 knows no such line`);
}

class Player {
  readonly #connections = new Map<string, Connection>();
  readonly #oldPrograms = new Map<string, OldProgram>();
  readonly #people = new Map<string, Person>();
  readonly #challenges = new Map<string, JsonObject>();
  readonly #epochs = new Map<string, string>();
  /** The file that was offered last, and the ticket that each person was given last. */
  #file = "";
  readonly #tickets = new Map<string, string>();
  /** The room key with which a room was joined last. */
  readonly #roomKeys = new Map<string, string>();
  /** Of the box that was deposited last. */
  #code = "";
  /** Who is in which room, by label, as far as the beginning of the example has it. */
  readonly #rooms = new Map<string, string>();

  constructor(private readonly relay: TestRelay) {}

  async play(step: Step, next: Step | undefined): Promise<void> {
    switch (step.do) {
      case "say":
        this.#noteKey(step.line);
        (await this.#open(step.label)).send(this.#filled(step.label, step.line));
        return;
      case "hear":
        await this.#hear(step.label, step.line);
        return;
      case "put":
        this.#at(step.label).sendBytes(new TextEncoder().encode(step.text));
        return;
      case "get":
        await this.#get(step.label, step.text);
        return;
      case "transfer":
        await open(await this.#open(step.label));
        return;
      case "close":
        this.#at(step.label).close();
        this.#connections.delete(step.label);
        this.#rooms.delete(step.label);
        return;
      case "ended":
        await this.#ended(step.label);
        return;
      case "enter":
        await this.#enter(step.label, step.name, step.room);
        return;
      case "posted":
        // A post right behind them is to meet a full bucket: it must not wait for their entries.
        await this.#posted(step, next?.do !== "say" || !next.line.includes('"post"'));
        return;
      case "write":
        (await this.#old(step.label)).write(bytesOf(step.bytes));
        return;
      case "read":
        await this.#read(step.label, bytesOf(step.bytes));
        return;
      case "leave":
        (await this.#old(step.label)).close();
        this.#oldPrograms.delete(step.label);
        return;
      case "reset":
        await (await this.#old(step.label)).wasReset();
        return;
      case "pause":
        // The relay keeps its own pauses.
        if (next?.do !== "read") await sleep(step.ms);
        return;
    }
  }

  #noteKey(line: string): void {
    const [, room, key] = /^\{"type":"join",.*"room":"([^"]+)","key":"([^"]+)"/.exec(line) ?? [];
    if (room !== undefined && key !== undefined) this.#roomKeys.set(room, key);
  }

  /** Makes sure that nothing else was sent: whatever was must be here before what is asked for now. */
  async finish(): Promise<void> {
    for (const [label, connection] of this.#connections) {
      if (!connection.isMember) continue;
      await connection.settled();
      connection.send('{"type":"ping"}');
      const frame = await connection.next("frame", "the end of the example");
      if (frame.type !== "pong") throw unexpected(label, frame);
    }
    await this.#knock();
    for (const [label, { rest }] of this.#connections)
      if (rest[0] !== undefined) throw unexpected(label, rest[0]);
    if (this.#oldPrograms.size > 0) await sleep(lastPauseMs);
    for (const [label, program] of this.#oldPrograms) {
      if (program.rest[0] !== undefined)
        throw new Error(`O${label} read what the example does not have: ${program.rest[0]}`);
      program.close();
    }
    for (const connection of this.#connections.values()) connection.close();
  }

  /** Enters every room: the signals of a room come in order, so that those of the example come before this one. */
  async #knock(): Promise<void> {
    const inside = [...this.#connections];
    const knocker = await this.#greet("99", "Knocker");
    for (const room of this.#epochs.keys()) {
      // A conversation of two lets nobody else in.
      if (room.startsWith("@")) continue;
      const people = await this.#join("99", room);
      for (const [label, connection] of inside) {
        if (!people.has(connection.member)) continue;
        const here = await connection.next("signal", "the end of the example");
        if (here.type !== "here" || here.member !== knocker.member) throw unexpected(label, here);
      }
      await knocker.next("signal", "its own here");
    }
  }

  async #open(label: string): Promise<Connection> {
    const open = this.#connections.get(label);
    if (open !== undefined) return open;
    const connection = await Connection.open(this.relay.port);
    this.#connections.set(label, connection);
    return connection;
  }

  #at(label: string): Connection {
    const connection = this.#connections.get(label);
    if (connection === undefined) throw new Error(`There is no connection C${label}`);
    return connection;
  }

  async #hear(label: string, line: string): Promise<void> {
    const expected = JSON.parse(line.replaceAll(/:…(?=[,}\]])/g, ':"…"')) as JsonObject;
    const row = rowOf(expected);
    for (;;) {
      const frame = await this.#at(label).next(row, line);
      this.#learn(label, frame);
      if (isMatch(expected, frame)) return;
      // An example shows those that it is about.
      if (row !== "progress") throw new Error(`Instead came: ${JSON.stringify(frame)}`);
    }
  }

  async #get(label: string, text: string): Promise<void> {
    const expected = new TextEncoder().encode(text);
    const came = new TextDecoder().decode(await this.#at(label).nextBytes(expected.length));
    if (came !== text) throw new Error(`Instead came the bytes: ${JSON.stringify(came)}`);
  }

  async #old(label: string): Promise<OldProgram> {
    const open = this.#oldPrograms.get(label);
    if (open !== undefined) return open;
    const program = await OldProgram.open(this.relay.port);
    this.#oldPrograms.set(label, program);
    return program;
  }

  async #read(label: string, expected: Uint8Array): Promise<void> {
    const came = await (await this.#old(label)).read();
    if (!came.equals(expected)) throw new Error(`Instead it read ${JSON.stringify(came.toString())}`);
  }

  async #ended(label: string): Promise<void> {
    const connection = this.#at(label);
    await connection.ended();
    if (connection.rest[0] !== undefined) throw unexpected(label, connection.rest[0]);
    this.#connections.delete(label);
    this.#rooms.delete(label);
  }

  async #enter(label: string, name: string, room: string | undefined): Promise<void> {
    const { member } = await this.#greet(label, name);
    if (room === undefined) return;
    await this.#join(label, room);
    // The example begins once everybody has heard of it.
    this.#rooms.set(label, room);
    for (const [other, itsRoom] of this.#rooms) {
      if (itsRoom !== room) continue;
      const here = await this.#at(other).next("signal", `here of ${name}`);
      if (here.type !== "here" || here.member !== member) throw unexpected(other, here);
    }
  }

  /** From the prelude to the welcome. */
  async #greet(label: string, name: string): Promise<Connection> {
    const connection = await this.#open(label);
    await greet(connection, this.#person(label), name);
    return connection;
  }

  /** @returns The ids of those who are in the room then. */
  async #join(label: string, room: string): Promise<Set<string>> {
    this.#at(label).send(JSON.stringify({ type: "join", room, last: 0, key: this.#roomKeys.get(room) }));
    const joined = await this.#at(label).expect("joined");
    this.#learn(label, joined);
    const { people } = (await this.#at(label).expect("people")) as { people: { member: string }[] };
    if (joined.isNew) await this.#at(label).expect("entry");
    return new Set(people.map(({ member }) => member));
  }

  async #posted(step: Extract<Step, { do: "posted" }>, mayWait: boolean): Promise<void> {
    const room = this.#rooms.get(step.label);
    if (room === undefined) throw new Error(`C${step.label} is in no room`);
    const all = [...this.#rooms].filter(([, itsRoom]) => itsRoom === room).map(([label]) => this.#at(label));
    for (let n = step.from; n <= step.to; n++) {
      for (const connection of all) connection.ignored.add(postKey({ room, device: "laptop", n }));
      const post = { type: "post", room, device: "laptop", n, text: `${step.word} ${n}` };
      this.#at(step.label).send(JSON.stringify(post));
    }
    if (mayWait) for (const connection of all) await connection.settled();
  }

  #learn(label: string, frame: JsonObject): void {
    if (frame.type === "challenge") this.#challenges.set(label, frame);
    if (frame.type === "joined") this.#epochs.set(String(frame.room), String(frame.epoch));
    if (frame.type === "entry" && frame.action === "offered") this.#file = String(frame.file);
    if (frame.type === "carried") this.#code = String(frame.code);
    if (frame.type === "ticket") this.#tickets.set(numberOf(label), String(frame.ticket));
  }

  /** Puts what the client knows by now into the places of a line that say "…". */
  #filled(label: string, line: string): string {
    const room = /"room":"([^"]*)"/.exec(line)?.[1] ?? "";
    return line.replaceAll(
      /"(\w+)":"?…"?/g,
      (_, field: string) => `"${field}":"${this.#value(label, field, room)}"`,
    );
  }

  #value(label: string, field: string, room: string): string {
    const person = this.#person(label);
    switch (field) {
      case "key":
        return person.key;
      case "signature": {
        const challenge = this.#challenges.get(label);
        if (challenge === undefined) throw new Error(`C${label} has no challenge to sign yet`);
        return person.sign(challenge);
      }
      case "epoch":
        return this.#epochs.get(room) ?? "";
      case "file":
        return this.#file;
      case "code":
        return this.#code;
      case "ticket":
        return this.#tickets.get(numberOf(label)) ?? "";
      case "secret":
        return this.relay.hostSecret;
      default:
        throw new Error(`Cannot know the value of "${field}" here`);
    }
  }

  #person(label: string): Person {
    const number = numberOf(label);
    let person = this.#people.get(number);
    if (person === undefined) {
      person = newPerson();
      this.#people.set(number, person);
    }
    return person;
  }
}

/** A JSON string, or bytes in hexadecimal digits behind "0x". */
function bytesOf(written: string): Uint8Array {
  return written.startsWith("0x")
    ? Buffer.from(written.slice(2).replaceAll(" ", ""), "hex")
    : new TextEncoder().encode(JSON.parse(written));
}

/** A label without its letter: whose connection it is. */
function numberOf(label: string): string {
  return /^\d*/.exec(label)?.[0] ?? "";
}

/** Whether a value is what the example prints; "…" stands for any value. */
function isMatch(expected: unknown, value: unknown): boolean {
  if (expected === "…") return value !== undefined;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((each, i) => isMatch(each, value[i]))
    );
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof value !== "object" || value === null) return false;
    const fields = Object.keys(expected);
    return (
      fields.length === Object.keys(value).length &&
      fields.every((field) => isMatch((expected as JsonObject)[field], (value as JsonObject)[field]))
    );
  }
  return Object.is(expected, value);
}

function unexpected(label: string, frame: unknown): Error {
  return new Error(`S${label} sent what the example does not have: ${JSON.stringify(frame)}`);
}

function describe(step: Step): string {
  if (step.do === "say") return `C${step.label}: ${step.line}`;
  if (step.do === "hear") return `S${step.label}: ${step.line}`;
  if (step.do === "put") return `C${step.label}> ${JSON.stringify(step.text)}`;
  if (step.do === "get") return `S${step.label}> ${JSON.stringify(step.text)}`;
  if (step.do === "write") return `O${step.label}> ${step.bytes}`;
  if (step.do === "read") return `O${step.label}< ${step.bytes}`;
  return `${step.label} ${step.do}`;
}
