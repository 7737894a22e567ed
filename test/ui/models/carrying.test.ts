// The cipher is here from the start: these tests turn a clock, and wait for no disk.
import "@noble/ciphers/chacha.js";
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { seal, unseal } from "../../../src/ui/models/carry-box.ts";
import { formLink, readLink } from "../../../src/ui/models/carry-link.ts";
import { limits } from "../../../src/wire/limits.ts";
import { until } from "./clock.ts";
import { FakeBrowser, type Tab } from "./fake-browser.ts";

const server = "Q".repeat(22);
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const keyOf = (browser: FakeBrowser) => browser.storage.getItem(`pendopo/${server}/key`);

/** Ada's browser, in two rooms; and another browser of the same server. */
async function two() {
  const laptop = new FakeBrowser();
  const ada = laptop.tab();
  await ada.enter("Ada", "lobby");
  await ada.app.rooms.join("kitchen");
  return { laptop, ada, phone: new FakeBrowser(laptop.relay, laptop.clock) };
}

async function linkOf({ app }: Tab): Promise<string> {
  app.carrying.open();
  await until(() => app.carrying.state.value.state === "made");
  const { state } = app.carrying;
  return state.value.state === "made" ? state.value.link : "";
}

const behindHash = (link: string) => link.slice(link.indexOf("#"));
const stateOf = ({ app }: Tab) => app.taking.state.value;

async function follow(tab: Tab, link: string): Promise<void> {
  expect(tab.app.taking.follow(link)).toBeNull();
  await until(() => ["found", "same", "failed"].includes(stateOf(tab).state));
}

describe("A box", () => {
  const luggage = { key: "A".repeat(43), name: "Ada", rooms: ["lobby", "Ruang “tamu”"] };
  const encoded = (secret: Uint8Array) => Buffer.from(secret).toString("base64url");

  test("opens with its secret and for its server, and for nothing else", async () => {
    const secret = random(32);
    const box = await seal(luggage, server, secret, random(24));
    expect(await unseal(box, server, encoded(secret))).toEqual(luggage);
    expect(await unseal(box, "R".repeat(22), encoded(secret))).toBeNull();
    expect(await unseal(box, server, encoded(random(32)))).toBeNull();
    expect(await unseal(box.slice(0, -4), server, encoded(secret))).toBeNull();
    const other = box.startsWith("A") ? "B" : "A";
    expect(await unseal(other + box.slice(1), server, encoded(secret))).toBeNull();
    expect(await unseal("", server, encoded(secret))).toBeNull();
  });

  test("shows nothing of what is in it", async () => {
    const box = Buffer.from(await seal(luggage, server, random(32), random(24)), "base64url").toString(
      "latin1",
    );
    for (const word of ["Ada", "lobby", luggage.key]) expect(box).not.toContain(word);
  });

  test("takes as many rooms as one can be in, and leaves out what has no place", async () => {
    const secret = random(32);
    const room = "文".repeat(limits.roomCharsMax);
    const rooms = Array.from({ length: limits.roomsPerConnectionMax }, (_, i) => `${i}${room}`.slice(0, 64));
    const box = await seal({ ...luggage, rooms }, server, secret, random(24));
    expect(box.length).toBeLessThanOrEqual(limits.boxCharsMax);
    const opened = await unseal(box, server, encoded(secret));
    expect(opened?.rooms.length).toBeGreaterThan(20);
    expect(opened?.rooms).toEqual(rooms.slice(0, opened?.rooms.length));
    const few = rooms.slice(0, 20);
    const whole = await seal({ ...luggage, rooms: few }, server, secret, random(24));
    expect((await unseal(whole, server, encoded(secret)))?.rooms).toEqual(few);
  });

  test("of the document opens with its secret", async () => {
    const text = await Bun.file("docs/PROTOCOL.md").text();
    const cell = (name: string) =>
      new RegExp(`^\\| ${name}.*\\| \`([^\`]+)\` \\|$`, "m").exec(text)?.[1] ?? "";
    const inside = JSON.parse(cell("what is in the box"));
    const secret = Uint8Array.fromBase64(cell("secret of the link"), { alphabet: "base64url" });
    const nonce = Uint8Array.fromHex(cell("nonce of the box"));
    expect(await seal(inside, cell("server of the box"), secret, nonce)).toBe(cell("box"));
    expect(await unseal(cell("box"), cell("server of the box"), cell("secret of the link"))).toEqual(inside);
    const code = readLink(cell("link"));
    expect(code).toMatchObject({ secret: cell("secret of the link") });
    expect(cell("link")).toStartWith(
      `http://localhost:12380/#carry=${cell("server of the box").slice(0, 8)}.`,
    );
  });
});

describe("A link", () => {
  const secret = new Uint8Array(32).fill(1);
  const link = formLink("http://localhost:12380/", server, "c".repeat(22), secret);

  test("is read with whatever stands around it", () => {
    const read = {
      server: "QQQQQQQQ",
      code: "c".repeat(22),
      secret: Buffer.from(secret).toString("base64url"),
    };
    for (const text of [link, ` ${link}\n`, `Open this: <${link}>`, behindHash(link)])
      expect(readLink(text)).toEqual(read);
  });

  test("of which a part is missing is told from what is no link", () => {
    for (const text of [link.slice(0, -1), `${link}x`, link.replace(".", ""), "#carry="])
      expect(readLink(text)).toBe("damaged");
    for (const text of ["", "http://localhost:12380/", "#host=abc", "192.168.1.5"])
      expect(readLink(text)).toBeNull();
  });
});

describe("Who makes a link", () => {
  test("R-CARRY-2 R-HELLO-5: gives the relay a box that it cannot open", async () => {
    const { laptop, ada } = await two();
    const link = await linkOf(ada);
    const { box } = [...laptop.relay.boxes.values()][0]!;
    const secret = readLink(link) as { secret: string; code: string };
    expect(await unseal(box, server, secret.code.padEnd(43, "A"))).toBeNull();
    expect(await unseal(box, server, secret.secret)).toEqual({
      key: JSON.parse(keyOf(laptop)!),
      name: "Ada",
      rooms: ["lobby", "kitchen"],
    });
    expect(JSON.stringify(laptop.relay.heard)).not.toContain(secret.secret);
  });

  test("leads to the page of the other device, which is at its own localhost", async () => {
    const { ada } = await two();
    expect(await linkOf(ada)).toStartWith("http://localhost:12380/#carry=QQQQQQQQ.");
  });

  test("has the same one as long as it is good, and another one when it is asked for", async () => {
    const { laptop, ada } = await two();
    const first = await linkOf(ada);
    ada.app.carrying.close();
    expect(await linkOf(ada)).toBe(first);
    await ada.app.carrying.make();
    await until(() => ada.app.carrying.state.value.state === "made");
    expect(await linkOf(ada)).not.toBe(first);
    laptop.clock.advance(limits.boxMsMax);
    expect(ada.app.carrying.state.value.state).toBe("over");
  });

  test("sees that it was used; and hears of it when nobody is looking", async () => {
    const { ada, phone } = await two();
    await follow(phone.tab(), await linkOf(ada));
    await until(() => ada.app.carrying.state.value.state === "used");
    expect(ada.app.notices.list.value).toEqual([]);
    ada.app.carrying.close();
    const second = await linkOf(ada);
    ada.app.carrying.close();
    await follow(phone.tab(), second);
    await until(() => ada.app.notices.list.value.length > 0);
    expect(ada.app.notices.list.value).toEqual([{ key: "notice.carried" }]);
    expect(ada.app.carrying.state.value.state).toBe("none");
  });

  test("is told when there is no place for it, or no connection", async () => {
    const { laptop, ada } = await two();
    laptop.relay.refuses = ({ type }) => (type === "carry" ? { code: "carries-full" } : null);
    ada.app.carrying.open();
    await until(() => ada.app.carrying.state.value.state === "failed");
    expect(ada.app.carrying.state.value).toMatchObject({ problem: { key: "problem.carries-full" } });
    laptop.relay.downWith = 4000;
    laptop.relay.cut();
    await ada.app.carrying.make();
    expect(ada.app.carrying.state.value).toMatchObject({ problem: { key: "problem.offline" } });
  });
});

describe("Who follows a link", () => {
  test("R-CARRY-7 R-CARRY-8 R-CARRY-9: is asked, and then is the same person in the same rooms, under devices of their own", async () => {
    const { laptop, ada, phone } = await two();
    const link = await linkOf(ada);
    const tab = phone.tab({ hash: behindHash(link) });
    // Nobody finds it in the history.
    expect(tab.hash).toBe("");
    await until(() => stateOf(tab).state === "found");
    expect(stateOf(tab)).toEqual({ state: "found", name: "Ada", before: null });
    expect(keyOf(phone)).toBeNull();
    tab.app.taking.accept();
    expect(tab.reloads).toBe(1);
    tab.reload();
    await until(() => tab.app.connection.state.value.state === "online");
    await until(() => tab.app.rooms.list.value.every(({ state }) => state.value === "joined"));
    expect(tab.app.rooms.list.value.map(({ id }) => id)).toEqual(["lobby", "kitchen"]);
    expect(tab.app.me.member.value).toBe(ada.app.me.member.value);
    expect(keyOf(phone)).toBe(keyOf(laptop));
    for (const [each, text] of [
      [ada, "from the laptop"],
      [tab, "from the phone"],
    ] as const) {
      const room = each.app.rooms.list.value[0]!;
      each.app.rooms.show(room);
      room.draft.value = text;
      room.send();
    }
    await until(() => laptop.relay.texts("lobby").length === 2);
    const devices = laptop.relay.posts().map(({ device }) => device);
    expect(new Set(devices).size).toBe(2);
    expect(laptop.relay.mixedUp).toEqual([]);
  });

  test("R-HELLO-7: keeps the name that was given on the other device meanwhile", async () => {
    const { ada, phone } = await two();
    const tab = phone.tab();
    await follow(tab, await linkOf(ada));
    tab.app.taking.accept();
    await ada.app.me.rename("Ada L");
    tab.reload();
    await until(() => tab.app.connection.state.value.state === "online");
    expect([tab.app.me.name.value, ada.app.me.name.value]).toEqual(["Ada L", "Ada L"]);
  });

  test("finds that it was used, and nothing has changed", async () => {
    const { ada, phone } = await two();
    const link = await linkOf(ada);
    await follow(phone.tab(), link);
    const late = phone.tab();
    await follow(late, link);
    expect(stateOf(late)).toEqual({
      state: "failed",
      problem: { key: "problem.link-gone" },
      mayRetry: false,
    });
    late.app.taking.accept();
    expect([late.reloads, keyOf(phone)]).toEqual([0, null]);
  });

  test("may say no: nothing is kept", async () => {
    const { ada, phone } = await two();
    const tab = phone.tab();
    await follow(tab, await linkOf(ada));
    tab.app.taking.cancel(tab.app.taking.question.value);
    tab.app.taking.accept();
    expect([tab.reloads, keyOf(phone), stateOf(tab).state]).toEqual([0, null, "none"]);
  });

  test("R-CARRY-7: does not show the code to another server, where it is still good afterwards", async () => {
    const { laptop, ada } = await two();
    const link = await linkOf(ada);
    const elsewhere = new FakeBrowser();
    elsewhere.relay.server = "g".repeat(22);
    const tab = elsewhere.tab();
    await follow(tab, link);
    expect(stateOf(tab)).toMatchObject({ problem: { key: "problem.link-server" }, mayRetry: false });
    expect(elsewhere.relay.heard).toEqual([]);
    const right = new FakeBrowser(laptop.relay, laptop.clock).tab();
    await follow(right, link);
    expect(stateOf(right).state).toBe("found");
  });

  test("with a secret that is another one hears that it is damaged", async () => {
    const { ada, phone } = await two();
    const link = await linkOf(ada);
    const tab = phone.tab();
    await follow(tab, `${link.slice(0, -43)}${"A".repeat(43)}`);
    expect(stateOf(tab)).toMatchObject({ problem: { key: "problem.link-damaged" } });
  });

  test("can try again when nobody answered", async () => {
    const { laptop, ada, phone } = await two();
    const link = await linkOf(ada);
    const tab = phone.tab();
    laptop.relay.downWith = 4000;
    await follow(tab, link);
    expect(stateOf(tab)).toMatchObject({ problem: { key: "problem.offline" }, mayRetry: true });
    laptop.relay.downWith = null;
    tab.app.taking.retry();
    await until(() => stateOf(tab).state === "found");
  });

  test("in a page that has no server yet is asked as soon as there is one", async () => {
    const { ada, phone } = await two();
    phone.bridge = { ...phone.bridge, mode: "start", target: null };
    const tab = phone.tab({ hash: behindHash(await linkOf(ada)) });
    await until(() => tab.app.screen.value === "start");
    expect(stateOf(tab).state).toBe("waiting");
    tab.app.start.address.value = "192.168.1.5";
    await tab.app.start.join();
    await until(() => stateOf(tab).state === "found");
  });

  test("in a page that is open already is asked there", async () => {
    const { ada, phone } = await two();
    const tab = phone.tab();
    await until(() => tab.app.screen.value === "login");
    tab.goTo(behindHash(await linkOf(ada)));
    expect(tab.hash).toBe("");
    await until(() => stateOf(tab).state === "found");
    // The dialog of before closes late: what it asked is not what is asked now.
    const before = tab.app.taking.question.value;
    tab.goTo(behindHash(await linkOf(ada)));
    tab.app.taking.cancel(before);
    await until(() => stateOf(tab).state !== "asking");
    expect(stateOf(tab).state).toBe("found");
    tab.goTo("#carry=half");
    expect(stateOf(tab)).toMatchObject({ problem: { key: "problem.link-damaged" } });
  });

  test("in a browser that keeps nothing hears so, and stays who they are", async () => {
    const { ada, phone } = await two();
    phone.hasStorage = false;
    const tab = phone.tab();
    await follow(tab, await linkOf(ada));
    tab.app.taking.accept();
    expect(stateOf(tab)).toMatchObject({ problem: { key: "problem.storage" } });
    expect(tab.reloads).toBe(0);
  });
});

describe("A browser that has a name already", () => {
  test("R-CARRY-7: says whose, and how much of theirs waits; then it is the other one, and nothing of the first goes out", async () => {
    const { laptop, ada, phone } = await two();
    const tab = phone.tab();
    await tab.enter("Budi", "garden");
    laptop.relay.ignores = ({ type }) => type === "post";
    const room = tab.app.rooms.current.value!;
    room.draft.value = "Budi's own words";
    room.send();
    room.draft.value = "Budi's draft";
    await follow(tab, await linkOf(ada));
    expect(stateOf(tab)).toEqual({ state: "found", name: "Ada", before: { name: "Budi", unsent: 1 } });
    tab.app.taking.accept();
    laptop.relay.ignores = () => false;
    tab.reload();
    await until(() => tab.app.rooms.list.value.some(({ state }) => state.value === "joined"));
    expect(tab.app.me.name.value).toBe("Ada");
    expect(tab.app.rooms.list.value.map(({ id }) => id)).toEqual(["lobby", "kitchen"]);
    expect(phone.storage.keys().filter((key) => /garden|line\//.test(key))).toEqual([]);
    expect(laptop.relay.texts("garden")).toEqual([]);
  });

  test("that has this very name already hears so", async () => {
    const { laptop, ada } = await two();
    const tab = laptop.tab();
    await follow(tab, await linkOf(ada));
    expect(stateOf(tab)).toEqual({ state: "same", name: "Ada" });
    tab.app.taking.accept();
    expect(tab.reloads).toBe(0);
  });

  test("begins anew in its other tabs, and not when another tab keeps something else", async () => {
    const { ada, phone } = await two();
    const [one, other] = [phone.tab(), phone.tab()];
    await one.enter("Budi", "garden");
    await other.enter("Budi", "garden");
    other.keptElsewhere(`pendopo/${server}/key`);
    other.keptElsewhere(`pendopo/${server}/rooms`);
    expect(other.reloads).toBe(0);
    await follow(one, await linkOf(ada));
    one.app.taking.accept();
    other.keptElsewhere(`pendopo/${server}/key`);
    expect(other.reloads).toBe(1);
    other.reload();
    await until(() => other.app.me.name.value === "Ada");
    expect(v.parse(v.string(), JSON.parse(keyOf(phone)!))).toHaveLength(43);
  });
});
