import { describe, expect, test } from "bun:test";
import { Members } from "../../src/room/members.ts";
import { MemoryStore } from "./fakes.ts";

function people() {
  const store = new MemoryStore();
  return { store, members: new Members(store, 5, () => 0) };
}

/** What a promise came to: a value, or the refusal's code with its suggestion. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    const { code, details } = error as { code: string; details: { suggestion?: string } };
    return details.suggestion === undefined ? code : `${code}: ${details.suggestion}`;
  }
}

describe("A name", () => {
  test("belongs to the first key that claims it, also while its owner is away", async () => {
    const { members } = people();
    const ada = await members.enter("key-a", " Ada ");
    expect(ada).toMatchObject({ wireId: "m1", name: "Ada", isHost: false, connections: 1 });
    expect(await outcome(members.enter("key-b", "ADA"))).toBe("name-taken: ADA 2");
    members.exit("key-a", ada);
    expect(await outcome(members.enter("key-b", "ada"))).toBe("name-taken: ada 2");
    expect(await members.enter("key-a", "Ada")).toMatchObject({ wireId: "m1" });
  });

  test("goes to one of two keys that claim it at once", async () => {
    const { store, members } = people();
    const late = Promise.withResolvers<void>();
    store.gate = () => late.promise;
    const both = [members.enter("key-a", "Ada"), members.enter("key-b", "Ada")].map(outcome);
    late.resolve();
    const [first, second] = await Promise.all(both);
    expect(first).toMatchObject({ name: "Ada" });
    expect(second).toBe("name-taken: Ada 2");
  });

  test("that is suggested is free, and can be taken", async () => {
    const { members } = people();
    await members.enter("key-a", "Ada");
    await members.enter("key-b", "ada 2");
    expect(await outcome(members.enter("key-c", "Ada"))).toBe("name-taken: Ada 3");
    expect(await members.enter("key-c", "Ada 3")).toMatchObject({ name: "Ada 3" });
  });

  test("is free for others once its owner has another one", async () => {
    const { members } = people();
    await members.enter("key-a", "Ada");
    const renamed = await members.rename("key-a", "Countess");
    expect(renamed).toMatchObject({ wireId: "m1", name: "Countess", connections: 1 });
    expect(await members.enter("key-b", "Ada")).toMatchObject({ wireId: "m2" });
    expect(await outcome(members.rename("key-a", "Ada"))).toBe("name-taken: Ada 2");
  });

  test("R-HELLO-7: stays with a key that keeps it, whatever its device remembers, and is claimed by one that has none", async () => {
    const { store, members } = people();
    await members.enter("key-a", "Ada");
    await members.rename("key-a", "Countess");
    expect(await members.enter("key-a", "Ada", true)).toMatchObject({ name: "Countess", connections: 2 });
    expect(await members.enter("key-b", "Ada", true)).toMatchObject({ wireId: "m2", name: "Ada" });
    await store.free(2);
    expect(await members.enter("key-b", "Budi", true)).toMatchObject({ wireId: "m2", name: "Budi" });
    expect(await outcome(members.enter("key-c", "Countess", true))).toBe("name-taken: Countess 2");
  });

  test("may change its case", async () => {
    const { members } = people();
    await members.enter("key-a", "ada");
    expect(await members.rename("key-a", "Ada")).toMatchObject({ name: "Ada" });
  });

  test("R-NAME-4: that looks like another one is taken, however it is spelled", async () => {
    const pairs = [
      ["Ada", "Аdа"],
      ["ada", "АDА"],
      ["Iris", "lris"],
      ["Bob", "B0b"],
      ["modern", "modem"],
      ["Zoë", "Zoe\u0308"],
      ["Ada", "A\u200cda"],
      ["Ada", "Ａｄａ"],
      ["Paypal", "Раураl"],
    ] as const;
    for (const [first, second] of pairs) {
      const { members } = people();
      await members.enter("key-a", first);
      expect(String(await outcome(members.enter("key-b", second)))).toStartWith("name-taken");
    }
  });

  test("that is only like another one is free", async () => {
    for (const [first, second] of [
      ["Ian", "Lan"],
      ["Ada", "Adah"],
      ["Ada", "Adá"],
    ] as const) {
      const { members } = people();
      await members.enter("key-a", first);
      expect(await members.enter("key-b", second)).toMatchObject({ name: second });
    }
  });

  test("that cannot be one is refused, and changes nothing", async () => {
    const { store, members } = people();
    for (const name of ["", "\u202e", "x".repeat(33)]) {
      expect(await outcome(members.enter("key-a", name))).toBe("name-invalid");
    }
    expect(store.members.size).toBe(0);
  });
});

describe("A key", () => {
  test("is one member on any number of connections, and its rate is one", async () => {
    const { members } = people();
    const [one, other] = [await members.enter("key-a", "Ada"), await members.enter("key-a", "Ada")];
    expect(one).toBe(other);
    expect(one.connections).toBe(2);
    members.exit("key-a", one);
    expect(await members.enter("key-a", "Ada")).toBe(one);
  });

  test("that comes with another name is renamed on all its connections", async () => {
    const { members } = people();
    const one = await members.enter("key-a", "Ada");
    await members.enter("key-a", "Countess");
    expect(one.name).toBe("Countess");
  });

  test("stays a host once it was made one", async () => {
    const { members } = people();
    const ada = await members.enter("key-a", "Ada");
    await members.makeHost(ada);
    expect(ada.isHost).toBe(true);
    members.exit("key-a", ada);
    expect(await members.enter("key-a", "Ada")).toMatchObject({ isHost: true });
  });
});

describe("Freeing a name", () => {
  async function withHost() {
    const world = people();
    const host = await world.members.enter("key-h", "Host");
    await world.members.makeHost(host);
    return { ...world, host };
  }

  test("lets the next key claim it, and its former owner choose another", async () => {
    const { members, host } = await withHost();
    members.exit("key-a", await members.enter("key-a", "Ada"));
    await members.free(host, "ADA");
    expect(await members.enter("key-b", "Ada")).toMatchObject({ wireId: "m3" });
    expect(await outcome(members.enter("key-a", "Ada"))).toBe("name-taken: Ada 2");
    expect(await members.enter("key-a", "Ada 2")).toMatchObject({ wireId: "m2" });
  });

  test("is for hosts, for names that somebody has, and for owners who are away", async () => {
    const { members, host } = await withHost();
    const ada = await members.enter("key-a", "Ada");
    expect(await outcome(members.free(ada, "Host"))).toBe("host-only");
    expect(await outcome(members.free(host, "Nobody"))).toBe("name-unknown");
    expect(await outcome(members.free(host, "\u0000"))).toBe("name-unknown");
    expect(await outcome(members.free(host, "Ada"))).toBe("name-in-use");
    members.exit("key-a", ada);
    expect(await outcome(members.free(host, "Ada"))).toBeUndefined();
  });

  test("goes by who is there when its turn comes, also after a rename that outlived its connection", async () => {
    const { store, members, host } = await withHost();
    const ada = await members.enter("key-a", "Ada");
    const late = Promise.withResolvers<void>();
    store.gate = () => late.promise;
    const renaming = members.rename("key-a", "Countess");
    members.exit("key-a", ada);
    late.resolve();
    await renaming;
    expect(await outcome(members.free(host, "Countess"))).toBeUndefined();
  });
});
