import { beforeAll, expect, test } from "bun:test";
import { come, enter, line, open, peopleHere, reads, say, texts, until, visit } from "./people.ts";
import { Program } from "./program.ts";

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

test("Two people talk both ways, and tell their own lines from the other's", async () => {
  const ada = await come(server.startAddress, "Ada", "Lobby");
  await ada.getByRole("log").getByText("New group created", { exact: true }).waitFor();
  expect(await ada.getByText("Welcome to the room").count()).toBe(0);

  const bima = await come(server.origin, "Bima", "Lobby");
  await bima.getByRole("log").getByText("Welcome to the room", { exact: true }).waitFor();
  expect(await bima.getByText("New group created").count()).toBe(0);

  await say(ada, "Selamat pagi, Bima");
  await reads(bima, ["Selamat pagi, Bima"]);
  await bima.getByLabel("Message").fill("Pagi, Ada!");
  await bima.getByRole("button", { name: "Send" }).click();
  for (const page of [ada, bima]) await reads(page, ["Selamat pagi, Bima", "Pagi, Ada!"]);

  // Who said it is there for eyes, by side and colour, and for readers, in words.
  for (const [page, own, others, other] of [
    [ada, "Selamat pagi, Bima", "Pagi, Ada!", "Bima"],
    [bima, "Pagi, Ada!", "Selamat pagi, Bima", "Ada"],
  ] as const) {
    const run = (text: string) => page.locator("[data-own]").filter({ hasText: text });
    expect(await run(own).getAttribute("data-own")).toBe("true");
    expect(await run(own).getByText("You", { exact: true }).count()).toBe(1);
    expect(await run(others).getAttribute("data-own")).toBe("false");
    expect(await run(others).locator(".person-name").textContent()).toBe(other);
    const [ownBox, othersBox] = await Promise.all([
      line(page, own).locator(".bubble").boundingBox(),
      line(page, others).locator(".bubble").boundingBox(),
    ]);
    expect(ownBox!.x).toBeGreaterThan(othersBox!.x);
  }
});

test("The people list names who is here, and forgets who has gone", async () => {
  const ada = await come(server.origin, "Citra", "Serambi");
  const bima = await come(server.origin, "Dewi", "Serambi");
  for (const page of [ada, bima]) await until(() => peopleHere(page), ["Citra", "Dewi"]);
  await bima.context().close();
  await until(() => peopleHere(ada), ["Citra"]);
});

test("Who is typing is shown to the others until the line is there", async () => {
  const ada = await come(server.origin, "Eka", "Dapur");
  const bima = await come(server.origin, "Fajar", "Dapur");
  await bima.getByLabel("Message").pressSequentially("Sebentar");
  await ada.getByText("Fajar is typing").waitFor();
  expect(await bima.getByText("is typing").count()).toBe(0);
  await bima.getByLabel("Message").press("Enter");
  await reads(ada, ["Sebentar"]);
  await ada.getByText("Fajar is typing").waitFor({ state: "detached" });

  // Also when the next line is begun at once.
  await say(bima, "Sudah");
  await bima.getByLabel("Message").pressSequentially("Silakan masuk saja", { delay: 120 });
  await ada.getByText("Fajar is typing").waitFor();
});

test("Two tabs of a browser are one person, and each sees and sends everything", async () => {
  const first = await come(server.origin, "Gita", "Taman");
  const other = await come(server.origin, "Hadi", "Taman");
  await say(first, "from the first tab");
  // The second tab knows who one is and where one has been: no login.
  const second = await open(first.context(), server.origin);
  await reads(second, ["from the first tab"]);
  await until(() => peopleHere(other), ["Gita", "Hadi"]);
  await say(second, "from the second tab");
  await reads(first, ["from the first tab", "from the second tab"]);
  await say(first, "from the first again");
  const all = ["from the first tab", "from the second tab", "from the first again"];
  for (const page of [first, second, other]) await reads(page, all);
  expect(await second.locator("[data-own=false]").count()).toBe(0);

  await first.close();
  await say(second, "from the one that is left");
  await reads(other, [...all, "from the one that is left"]);
  expect(await peopleHere(other)).toEqual(["Gita", "Hadi"]);
});

test("A reload brings a person back into the room without asking", async () => {
  const page = await come(server.origin, "Indah", "Teras");
  await say(page, "before the reload");
  await page.reload();
  await reads(page, ["before the reload"]);
  await say(page, "after it");
  await reads(page, ["before the reload", "after it"]);
  expect(await page.getByText("Indah").count()).toBeGreaterThan(0);
});

test("The login says what is wrong with a name or a room", async () => {
  const page = await visit(server.origin);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByText("Enter a name").waitFor();
  await page.getByText("Enter a room").waitFor();
  await page.getByLabel("Your name").fill("x".repeat(33));
  await page.getByLabel("Room").fill("Lobby");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByText("Use at most 32 characters for the name").waitFor();
  await enter(page, "Joko", "Lobby");
  await until(async () => (await texts(page)).at(0), "Selamat pagi, Bima");
});
