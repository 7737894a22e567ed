import { limits } from "../../src/wire/limits.ts";
import type { Document } from "../protocol/document.ts";
import { Client, type Frame, Key } from "./client.ts";
import { beginPut, get, Line, put } from "./file-client.ts";
import type { Server } from "./server.ts";

const kinds = ["no hello", "stranger", "elsewhere", "removed", "member", "maker", "host"] as const;
type Kind = (typeof kinds)[number];

/** One cell of the table of §21.14. */
export type Cell = { row: number; what: string; kind: Kind; isClosed: boolean; expected: string };

/** The cells that ask something, in the order of the document. */
export function rightsOf({ lines }: Document): Cell[] {
  const [head = "", , ...rest] = lines.slice(lines.indexOf("<!-- rights -->") + 1);
  const titles = cellsOf(head).slice(2);
  if (titles.join() !== kinds.join()) throw new Error(`The table is about other kinds of people: ${titles}`);
  const rows = rest.slice(0, rest.indexOf("")).map(cellsOf);
  return rows.flatMap(([what = "", room = "", ...cells], row) =>
    [false, true]
      .filter((isClosed) => !(isClosed ? ["open", "terbuka"] : ["closed", "tertutup"]).includes(room))
      .flatMap((isClosed) =>
        kinds.flatMap((kind, i) => {
          const expected = (cells[i] ?? "").replaceAll("`", "");
          return expected === "–" ? [] : [{ row, what, kind, isClosed, expected }];
        }),
      ),
  );
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}

/** Somebody, and what they are to the room now. */
type Person = {
  client: Client;
  key: Key;
  member: string;
  state: "stranger" | "elsewhere" | "member" | "removed";
  /** How often they were told that they are out. */
  outs: number;
  getTicket: string;
  putTicket: string;
};

let count = 0;

/** An open and a closed room of one server, and people of every kind, who are made, or made what they must be, when asked for. */
export class RightsWorld {
  private constructor(
    private readonly server: Server,
    private readonly host: Person,
    private readonly places: { open: Place; closed: Place },
  ) {}

  static async open(server: Server): Promise<RightsWorld> {
    const host = await newPerson(server.port);
    host.client.send({ type: "host", id: 2, secret: server.store.hostSecret });
    await host.client.next({ type: "ok", id: 2 });
    const [open, closed] = [await Place.open(server.port, false), await Place.open(server.port, true)];
    return new RightsWorld(server, host, { open, closed });
  }

  /** Changes something by chance. */
  async move(dice: number, isClosed: boolean): Promise<void> {
    await this.#place(isClosed).move(dice);
  }

  /** Asks what a cell says. @returns What came of it, in the words of the table. */
  async ask({ what, kind, isClosed }: Cell): Promise<string> {
    const place = this.#place(isClosed);
    if (kind === "no hello") return this.#askUnknown(what, place);
    const person = kind === "host" ? this.host : await place.person(kind);
    const answer = await this.#ask(what, place, person);
    if (kind === "host") await this.#asBefore(place);
    return answer;
  }

  close(): void {
    this.host.client.end();
    for (const place of [this.places.open, this.places.closed]) place.close();
  }

  #place(isClosed: boolean): Place {
    return isClosed ? this.places.closed : this.places.open;
  }

  /** The host is to be in no room again, and to need its key. */
  async #asBefore(place: Place): Promise<void> {
    await answer(this.host.client, { type: "leave", room: place.room });
    if (place.isClosed) await place.rekey(place.maker);
  }

  async #askUnknown(what: string, place: Place): Promise<string> {
    if (what === "transfer `get` with the file's id for a ticket") return place.getById();
    const client = await Client.challenged(this.server.port);
    const before = client.frames.length;
    const asking = place.asking(what, undefined, this.host);
    if (asking.do === "look") {
      await asking.happen();
      // Whatever has come by now came before the answer to this.
      client.send({ type: "ping" });
    } else client.send({ ...asking.frame, id: 1 });
    await client.until(() => client.of("error").length > 0, what);
    client.end();
    const [fault, ...more] = client.frames.slice(before);
    if (asking.do === "look") return more.length === 0 && fault?.type === "error" ? "✗" : "✓";
    return asking.isSeen === undefined ? fault?.code : "✗";
  }

  async #ask(what: string, place: Place, person: Person): Promise<string> {
    const { port } = this.server;
    switch (what) {
      case "transfer `get` with their ticket": {
        const { ready } = await get(port, person.getTicket);
        return ready.type === "ready" ? "✓" : String(ready.code);
      }
      case "transfer `stat` with their ticket": {
        const line = await Line.open(port);
        await line.next("challenge");
        line.send({ type: "stat", ticket: person.getTicket });
        await line.until(() => line.frames.length > 0, "an answer");
        line.kill();
        return line.frames[0]?.type === "ready" ? "✓" : String(line.frames[0]?.code);
      }
      case "transfer `put` with their ticket": {
        const line = await beginPut(port, person.putTicket, 0);
        line.kill();
        const last = line.frames.at(-1);
        return last?.type === "ready" ? "✓" : String(last?.code);
      }
      case "transfer `get` with the file's id for a ticket":
        return place.getById();
      case "`hello`":
        return answer(person.client, person.key.hello(person.client.challenge, "Somebody else"));
      case "`ping`":
        // Its pong is what every other answer is waited for by.
        await person.client.fence();
        return "✓";
    }
    const victim = await place.victimFor(what, person);
    const asking = place.asking(what, victim, this.host);
    if (asking.do === "look") {
      const frame = await asking.happen();
      await person.client.fence();
      return person.client.frames.some((each) => isSame(each, frame)) ? "✓" : "✗";
    }
    const before = person.client.frames.length;
    const said = await answer(person.client, asking.frame);
    const isSeen = asking.isSeen?.(person.client.frames.slice(before));
    if (said === "✓") await place.done(what, person, victim, person === this.host);
    return isSeen === undefined ? said : isSeen ? "✓" : "✗";
  }
}

/** Something to be asked, or something that happens and may be seen. */
type Asking =
  | { do: "ask"; frame: object; isSeen?: (frames: Frame[]) => boolean }
  | { do: "look"; happen: () => Promise<Frame> };

/** A room, its maker, somebody who is always in it, and the others. */
class Place {
  key = "three green cats";
  file = "";
  #people: Person[] = [];

  private constructor(
    private readonly port: number,
    readonly isClosed: boolean,
    readonly room: string,
    readonly maker: Person,
    private readonly watcher: Person,
  ) {}

  static async open(port: number, isClosed: boolean): Promise<Place> {
    const room = isClosed ? "attic" : "lobby";
    const place = new Place(port, isClosed, room, await newPerson(port), await newPerson(port));
    await place.#make();
    return place;
  }

  close(): void {
    for (const { client } of [this.maker, this.watcher, ...this.#people]) client.end();
  }

  /** Somebody of a kind: who is it already, or is made it. */
  async person(kind: Exclude<Kind, "no hello" | "host">): Promise<Person> {
    if (kind === "maker") return this.maker;
    const person = this.#people.find(({ state }) => state === kind) ?? (await this.#add());
    if (kind === "elsewhere" && person.state !== kind) await this.#goElsewhere(person);
    if ((kind === "member" || kind === "removed") && person.state !== kind) await this.#enter(person);
    if (kind === "removed" && person.state !== kind) await this.#remove(person);
    return person;
  }

  async move(dice: number): Promise<void> {
    const some = (state: Person["state"]) => this.#people.findLast((person) => person.state === state);
    const [stranger, member, removed] = [some("stranger"), some("member"), some("removed")];
    switch (dice % 8) {
      case 0:
        return this.#enter(stranger ?? (await this.#add()));
      case 1:
        return member && this.#remove(member);
      case 2:
        return removed && this.#admit(removed);
      case 3:
        return this.rekey(this.maker);
      case 4:
        return stranger && this.#goElsewhere(stranger);
      case 5:
        return member && this.#drop(member);
      case 6:
        await this.#post();
    }
  }

  /** Whom a request is about, where it is about somebody who changes by it. */
  async victimFor(what: string, asker: Person): Promise<Person | undefined> {
    if (what !== "`remove` somebody" && what !== "`admit` somebody") return undefined;
    const victim = await this.#add();
    await this.#enter(victim);
    if (what === "`admit` somebody") await this.#remove(victim);
    return victim === asker ? undefined : victim;
  }

  asking(what: string, victim: Person | undefined, host: Person): Asking {
    const { room } = this;
    const about = victim?.member ?? this.watcher.member;
    const file = this.file;
    const ask = (frame: object): Asking => ({ do: "ask", frame });
    const numbered = { room, device: "any", n: ++count };
    switch (what) {
      case "`join`":
        return ask({ type: "join", room });
      case "`join`, `create: false`":
        return ask({ type: "join", room, create: false });
      case "`join` with its key":
        return ask({ type: "join", room, key: this.key });
      case "`join` with another key":
        return ask({ type: "join", room, key: `not ${this.key}` });
      case "`join` with a key, `create: true`":
        return ask({ type: "join", room, key: this.key, create: true });
      case "`leave`":
        return ask({ type: "leave", room });
      case "`post`":
        return ask({ type: "post", ...numbered, text: "Hello" });
      case "`history`":
        return ask({ type: "history", room, before: 3 });
      case "`typing`":
        return ask({ type: "typing", room });
      case "`offer`":
        return ask({ type: "offer", ...numbered, name: "a.txt", size: 5 });
      case "`ticket` to `get` a file of the room":
        return ask({ type: "ticket", room, file, action: "get" });
      case "`ticket` to `view` a file of the room":
        return ask({ type: "ticket", room, file, action: "view" });
      case "`ticket` to `put` somebody else's file":
        return ask({ type: "ticket", room, file, action: "put" });
      case "`ticket` to `get` a file of the room, asked in another room":
        return ask({ type: "ticket", room: "garden", file, action: "get" });
      case "`cancel` somebody else's file":
        return ask({ type: "cancel", room, file });
      case "an entry that somebody posts":
        return { do: "look", happen: () => this.#post() };
      case "the signal that somebody types":
        return { do: "look", happen: () => this.#visit("typing") };
      case "the signal that somebody comes":
        return { do: "look", happen: () => this.#visit("here") };
      case "the progress of an upload":
        return { do: "look", happen: () => this.#upload() };
      case "the list of `people`, by `join` with `create: false`": {
        const isSeen = (frames: Frame[]) =>
          frames.some((each) => each.type === "people" && each.room === room && each.people.length > 0);
        return { do: "ask", frame: { type: "join", room, create: false }, isSeen };
      }
      case "its line in `lobby`":
        return { do: "ask", frame: { type: "lobby" }, isSeen: (frames) => isListed(room, frames) };
      case "its line in `lobby` with `all`":
        return { do: "ask", frame: { type: "lobby", all: true }, isSeen: (frames) => isListed(room, frames) };
      case "`about`":
        return ask({ type: "about", room });
      case "`rekey`":
        return ask({ type: "rekey", room, key: this.key });
      case "`remove` somebody":
        return ask({ type: "remove", room, member: about });
      case "`remove` the host":
        return ask({ type: "remove", room, member: host.member });
      case "`admit` somebody":
        return ask({ type: "admit", room, member: about });
      case "`delete`":
        return ask({ type: "delete", room });
      case "`direct` with a member of the room":
        return ask({ type: "direct", member: this.watcher.member });
      case "`rename`":
        return ask({ type: "rename", name: `Person ${++count}` });
      case "`host` with another secret":
        return ask({ type: "host", secret: "A".repeat(43) });
      case "`free` a name of nobody":
        return ask({ type: "free", name: "Nobody at all" });
      case "`carry`":
        return ask({ type: "carry", box: "Ym94" });
      case "`take` with a code of nobody":
        return ask({ type: "take", code: "A".repeat(22) });
      case "`ping`":
        return ask({ type: "ping" });
      default:
        throw new Error(`The test does not know how to ask "${what}"`);
    }
  }

  /** Follows a request that was granted. */
  async done(what: string, person: Person, victim: Person | undefined, isHost: boolean): Promise<void> {
    if (what.includes("`join`") && !isHost && person !== this.maker) await this.#settle(person);
    else if (what === "`leave`") await this.#join(person);
    else if (what === "`remove` somebody" && victim) await this.#isOut(victim, "removed");
    else if (what === "`admit` somebody" && victim) this.#drop(victim);
    else if (what === "`delete`") await this.#gone();
    else if (what.startsWith("`direct`")) {
      const joined = person.client.frames.findLast(({ type }) => type === "joined");
      await answer(person.client, { type: "leave", room: joined?.room });
    }
    // It was open before, and has to be again.
    if (what === "`rekey`" && !this.isClosed)
      await answer(this.maker.client, { type: "rekey", room: this.room, key: null });
  }

  /** Another key; who was removed has to stay out. An open room is open again behind it. */
  async rekey({ client }: Person): Promise<void> {
    this.key = `key number ${++count}`;
    await granted(client, { type: "rekey", room: this.room, key: this.key });
    if (!this.isClosed) await granted(client, { type: "rekey", room: this.room, key: null });
  }

  /** With the id, made as long as a ticket is. */
  async getById(): Promise<string> {
    const { ready } = await get(this.port, this.file.padEnd(43, "A"));
    return ready.type === "ready" ? "✓" : String(ready.code);
  }

  async #make(): Promise<void> {
    const { room, key, isClosed } = this;
    await granted(this.maker.client, { type: "join", room, ...(isClosed ? { key, create: true } : {}) });
    await this.#join(this.watcher);
    this.file = await this.#offer(this.watcher);
    const ticket = await this.#ticket(this.watcher, this.file, "put");
    await put(this.port, ticket, Buffer.from("Hello"));
    await this.#settle(this.maker);
  }

  async #add(): Promise<Person> {
    const person = await newPerson(this.port);
    this.#people.push(person);
    return person;
  }

  #drop(person: Person): void {
    person.client.end();
    this.#people = this.#people.filter((each) => each !== person);
  }

  async #goElsewhere(person: Person): Promise<void> {
    await granted(person.client, { type: "join", room: "garden" });
    person.state = "elsewhere";
  }

  async #enter(person: Person): Promise<void> {
    await this.#join(person);
    await this.#settle(person);
  }

  /** Somebody is in the room now, and gets tickets. */
  async #settle(person: Person): Promise<void> {
    if (person.state === "elsewhere") await granted(person.client, { type: "leave", room: "garden" });
    person.getTicket = await this.#ticket(person, this.file, "get");
    person.putTicket = await this.#ticket(person, await this.#offer(person), "put");
    person.state = "member";
  }

  async #join({ client }: Person): Promise<void> {
    const key = this.isClosed ? { key: this.key } : {};
    await granted(client, { type: "join", room: this.room, ...key });
  }

  async #remove(person: Person): Promise<void> {
    await granted(this.maker.client, { type: "remove", room: this.room, member: person.member });
    await this.#isOut(person, "removed");
  }

  async #admit(person: Person): Promise<void> {
    await granted(this.maker.client, { type: "admit", room: this.room, member: person.member });
    await granted(person.client, { type: "join", room: this.room });
    await this.#settle(person);
  }

  async #isOut(person: Person, reason: string): Promise<void> {
    const outs = () => person.client.of("out").length;
    await person.client.until(() => outs() > person.outs, "out");
    person.outs = outs();
    const last = person.client.of("out").at(-1);
    if (last?.reason !== reason || last.room !== this.room) throw new Error(JSON.stringify(last));
    person.state = reason === "removed" ? "removed" : "stranger";
  }

  /** Everybody is told of the end, and the room is made anew. */
  async #gone(): Promise<void> {
    for (const person of this.#people) if (person.state === "removed") person.state = "stranger";
    const members = this.#people.filter(({ state }) => state === "member");
    for (const person of [this.maker, this.watcher, ...members]) await this.#isOut(person, "deleted");
    await this.#make();
  }

  async #post(): Promise<Frame> {
    const text = `Number ${++count}`;
    this.watcher.client.send({ type: "post", room: this.room, device: "watcher", n: count, text });
    return this.watcher.client.next({ type: "entry", text });
  }

  /** Somebody comes, and types. */
  async #visit(type: "here" | "typing"): Promise<Frame> {
    const visitor = await newPerson(this.port);
    await this.#join(visitor);
    visitor.client.send({ type: "typing", room: this.room });
    const { frames } = this.watcher.client;
    const find = () => frames.find((frame) => frame.type === type && frame.member === visitor.member);
    await this.watcher.client.until(() => find() !== undefined, type);
    visitor.client.end();
    return find()!;
  }

  async #upload(): Promise<Frame> {
    const file = await this.#offer(this.watcher);
    const line = await beginPut(this.port, await this.#ticket(this.watcher, file, "put"), 0);
    line.sendBytes(Buffer.from("He"));
    const progress = await this.watcher.client.next({ type: "progress", file, bytes: 2 });
    line.kill();
    return progress;
  }

  async #offer({ client, member }: Person): Promise<string> {
    const n = ++count;
    client.send({ type: "offer", room: this.room, device: "files", n, name: "a.txt", size: 5 });
    const { file } = await client.next({ type: "entry", action: "offered", member, n });
    return file;
  }

  async #ticket({ client }: Person, file: string, action: "get" | "put"): Promise<string> {
    client.send({ type: "ticket", room: this.room, file, action });
    const { ticket } = await client.next({ type: "ticket", file });
    return ticket;
  }
}

async function newPerson(port: number): Promise<Person> {
  const key = new Key();
  const client = await Client.member(port, `Person ${++count}`, key);
  const member = client.of("welcome")[0]?.member;
  return { client, key, member, state: "stranger", outs: 0, getTicket: "", putTicket: "" };
}

/** What a relay says to a request: its code, or that it is done. Answers come in order, so that a pong stands behind. */
async function answer(client: Client, frame: object): Promise<string> {
  const id = limits.lineBytesMax + ++count;
  client.send({ ...frame, id });
  await client.fence();
  return client.frames.find((each) => each.type === "error" && each.id === id)?.code ?? "✓";
}

async function granted(client: Client, frame: object): Promise<void> {
  const said = await answer(client, frame);
  if (said !== "✓") throw new Error(`${JSON.stringify(frame)} was refused: ${said}`);
}

/** Whether the last lobby among frames lists a room. */
function isListed(room: string, frames: Frame[]): boolean {
  const rooms: { room: string }[] = frames.findLast(({ type }) => type === "lobby")?.rooms ?? [];
  return rooms.some((each) => each.room === room);
}

function isSame(one: Frame, other: Frame): boolean {
  return Bun.deepEquals(one, other);
}
