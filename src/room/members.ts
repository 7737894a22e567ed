import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkName, suggestName } from "../wire/names.ts";
import { Bucket } from "./bucket.ts";
import { checkRate } from "./door.ts";
import { type Likeness, likenessOf } from "./likeness.ts";
import { Member } from "./member.ts";
import type { MemberRecord, MemberStore } from "./store.ts";

const suggestionsMax = 1000;

/** Who is connected, and to whom the names belong. */
export class Members {
  readonly #byKey = new Map<string, Member>();
  /** Who has gone while their rate was used up: a new connection must not begin with a new burst. */
  readonly #gone = new Map<string, Member>();
  /** One claim after the other: between looking a name up and keeping it, nobody else may take it. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param ratePerSecond  Messages a second of one member for long; 0 lifts the limit.
   * @param now            Milliseconds of a clock that never goes back.
   */
  constructor(
    private readonly store: MemberStore,
    readonly ratePerSecond: number,
    private readonly now: () => number,
  ) {}

  /**
   * Lets a key in under a name, which is claimed when it is free. Each call counts one connection.
   *
   * @param keepsName  A key that has a name stays with it: what this device knows may be the name of before.
   * @throws {Refusal} "name-invalid" or "name-taken", with a suggestion.
   * @throws {StorageFull}
   */
  enter(key: string, rawName: string, keepsName = false): Promise<Member> {
    return this.#inTurn(async () => {
      const kept = keepsName && this.store.findMember(key)?.name;
      const member = await this.#claim(key, kept || rawName);
      member.connections += 1;
      return member;
    });
  }

  /**
   * Lets somebody in who has no key, as the 2021 client. A name that is taken gets a number behind it; the name
   * belongs to the member until the connection goes, and may then be claimed by anybody.
   *
   * @returns  The member, and the key with which it goes again.
   * @throws {Refusal} "name-invalid".
   * @throws {StorageFull}
   */
  enterKeyless(rawName: string): Promise<{ member: Member; key: string }> {
    return this.#inTurn(async () => {
      const wanted = checkedName(rawName);
      const isFree = this.store.ownersOf(wanted.likeness).every((owner) => this.#isFree(owner));
      const { name, likeness } = isFree ? wanted : checkedName(this.#suggest(wanted.name));
      // Whoever had it without a key, and is gone, is who comes back with it now.
      const record =
        this.store.ownersOf(likeness).find((owner) => owner.name === name) ??
        (await this.#claimed(likeness, () => this.store.claimKeyless(name, likeness)));
      // No key has a blank in it.
      const key = `keyless ${record.id}`;
      const member = this.#connect(key, record, name);
      member.connections += 1;
      return { member, key };
    });
  }

  /** One connection of a member is gone. */
  exit(key: string, member: Member): void {
    member.connections -= 1;
    if (member.connections > 0) return;
    this.#byKey.delete(key);
    if (!member.isRested(this.now())) this.#gone.set(key, member);
  }

  /**
   * Counts a request of a member.
   *
   * @throws {Refusal} "rate".
   */
  checkRequest(member: Member): void {
    checkRate(member.requests, this.now());
  }

  /**
   * Gives a member another name; the old one is free at once. It counts as a message, for it is as much work.
   *
   * @throws {Refusal} "rate", "name-invalid" or "name-taken", with a suggestion.
   * @throws {StorageFull}
   */
  rename(key: string, rawName: string): Promise<Member> {
    return this.#inTurn(async () => {
      const known = this.#byKey.get(key);
      if (known !== undefined) checkRate(known.bucket, this.now());
      const member = await this.#claim(key, rawName);
      // Its last connection went while the name was being claimed.
      if (member.connections === 0) this.#byKey.delete(key);
      return member;
    });
  }

  /**
   * Frees a name, so that the next key may claim it.
   *
   * @throws {Refusal} "host-only", "name-unknown", or "name-in-use" while its owner is connected.
   * @throws {StorageFull}
   */
  free(by: Member, rawName: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!by.isHost)
        throw new Refusal("host-only", "Ask the host of this server to free the name: only the host can");
      const owner = this.#ownerOf(rawName);
      if (owner === undefined) {
        throw new Refusal("name-unknown", `Check the spelling of "${rawName}": the name belongs to nobody`);
      }
      if (this.#connected(owner.id)) {
        throw new Refusal("name-in-use", `Ask "${owner.name}" for another name first: its owner is here now`);
      }
      await this.store.free(owner.id);
    });
  }

  /**
   * Makes a member a host for ever.
   *
   * @throws {StorageFull}
   */
  async makeHost(member: Member): Promise<void> {
    await this.store.makeHost(member.id);
    member.isHost = true;
  }

  async #claim(key: string, rawName: string): Promise<Member> {
    const { name, likeness } = checkedName(rawName);
    const known = this.store.findMember(key);
    const others = this.store.ownersOf(likeness).filter(({ id }) => id !== known?.id);
    if (!others.every((owner) => this.#isFree(owner))) {
      throw new Refusal("name-taken", `Choose another name: "${name}" belongs to somebody else here`, {
        suggestion: this.#suggest(name),
      });
    }
    const record =
      known?.name === name
        ? known
        : await this.#claimed(likeness, () => this.store.claim(key, name, likeness));
    return this.#connect(key, record, name);
  }

  /** Claims a name, which those who had it without a key, and are gone, lose. */
  async #claimed(likeness: Likeness, claim: () => Promise<MemberRecord>): Promise<MemberRecord> {
    for (const owner of this.store.ownersOf(likeness))
      if (this.#isFree(owner)) await this.store.free(owner.id);
    return claim();
  }

  /** The member whose name this is; one whose name only looks like it comes after. */
  #ownerOf(rawName: string): MemberRecord | undefined {
    const checked = checkName(rawName);
    if (!checked.ok) return undefined;
    const owners = this.store.ownersOf(likenessOf(checked));
    return owners.find(({ name }) => name === checked.name) ?? owners[0];
  }

  #connect(key: string, record: MemberRecord, name: string): Member {
    this.#forgetRested();
    let member = this.#byKey.get(key) ?? this.#gone.get(key);
    this.#gone.delete(key);
    if (member === undefined) {
      const { ratePerSecond: rate } = this;
      const messages = this.#bucket(Math.max(limits.rateBurst, rate), rate);
      const requests = this.#bucket(
        Math.max(limits.requestBurst, rate),
        Math.max(limits.requestsPerSecond, rate),
      );
      const makings = this.#bucket(limits.roomsMadeBurst, limits.roomsMadePerSecond);
      member = new Member(record.id, name, record.isHost, messages, requests, makings);
    }
    this.#byKey.set(key, member);
    member.name = name;
    return member;
  }

  /** Whoever lifts the rate of messages lifts all. */
  #bucket(burst: number, perSecond: number): Bucket {
    return new Bucket(burst, this.ratePerSecond === 0 ? 0 : perSecond, this.now());
  }

  #forgetRested(): void {
    // The first to go is rested first, more or less: what is kept for longer does no harm.
    for (const [key, member] of this.#gone) {
      if (!member.isRested(this.now())) return;
      this.#gone.delete(key);
    }
  }

  #suggest(name: string): string {
    for (let attempt = 2; attempt < suggestionsMax; attempt++) {
      const suggestion = suggestName(name, attempt);
      const checked = checkName(suggestion);
      if (!checked.ok) continue;
      if (this.store.ownersOf(likenessOf(checked)).every((owner) => this.#isFree(owner))) return suggestion;
    }
    return suggestName(name, Math.floor(suggestionsMax + this.now()));
  }

  /** Whether anybody may take a name from its owner, who came without a key and is gone. */
  #isFree(owner: MemberRecord): boolean {
    return owner.isKeyless && !this.#connected(owner.id);
  }

  #connected(id: number): boolean {
    // Linear: freeing a name is rare, and 10,000 members are looked through in a millisecond.
    for (const member of this.#byKey.values()) if (member.id === id) return true;
    return false;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function checkedName(raw: string): { name: string; likeness: Likeness } {
  const checked = checkName(raw);
  if (!checked.ok) throw new Refusal("name-invalid", nameSentence(checked.problem));
  return { name: checked.name, likeness: likenessOf(checked) };
}

function nameSentence(problem: "empty" | "too-long" | "characters" | "reserved"): string {
  if (problem === "empty") return "Choose a name: this one is empty";
  if (problem === "too-long")
    return `Choose a name of at most ${limits.nameCharsMax} characters: this one is longer`;
  return "Choose a name without control or invisible characters: this one has some";
}
