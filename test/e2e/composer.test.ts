import { beforeAll, expect, test } from "bun:test";
import { come, line, reads, say, until } from "./people.ts";
import { Program } from "./program.ts";

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server", "--rate", "0"]);
});

test("Enter sends, and Shift with Enter breaks the line", async () => {
  const page = await come(server.origin, "Ada", "Enter");
  const field = page.getByLabel("Message");
  await until(() => field.evaluate((element) => element === document.activeElement), true);
  await page.keyboard.type("First");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("Second");
  expect(await field.inputValue()).toBe("First\nSecond");
  await page.keyboard.press("Enter");
  await reads(page, ["First\nSecond"]);
  expect(await field.inputValue()).toBe("");
  const box = await line(page).locator(".bubble").boundingBox();
  expect(box!.height).toBeGreaterThan(40);

  // Nothing but white space is no message, and the field is ready for one.
  await page.keyboard.type("   ");
  await page.keyboard.press("Enter");
  await field.fill("Third");
  await page.keyboard.press("Enter");
  await reads(page, ["First\nSecond", "Third"]);
});

test("Enter that ends a composition of an input method does not send", async () => {
  const page = await come(server.origin, "Bima", "Composition");
  const field = page.getByLabel("Message");
  await field.focus();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await until(() => field.inputValue(), "にほん");
  // While an input method is at work its keys come as 229, and this Enter takes its suggestion.
  for (const type of ["rawKeyDown", "keyUp"] as const) {
    await devtools.send("Input.dispatchKeyEvent", {
      type,
      windowsVirtualKeyCode: 229,
      key: "Enter",
      code: "Enter",
    });
  }
  await field.dispatchEvent("keydown", { key: "Enter", isComposing: true });
  await devtools.send("Input.insertText", { text: "日本" });
  await until(() => field.inputValue(), "日本");
  expect(await line(page).count()).toBe(0);
  await field.press("Enter");
  await reads(page, ["日本"]);
});

test("The composer is never switched off, whatever is too long or cannot be sent", async () => {
  const page = await come(server.origin, "Citra", "Long");
  const field = page.getByLabel("Message");
  await field.fill("x".repeat(8 * 1024 + 3));
  await page.getByText("3 bytes too long").waitFor();
  await field.press("Enter");
  expect(await field.isEnabled()).toBe(true);
  expect(await page.getByRole("button", { name: "Send" }).isEnabled()).toBe(true);
  expect(await line(page).count()).toBe(0);
  await field.fill("é".repeat(4 * 1024));
  await field.press("Enter");
  await reads(page, ["é".repeat(4 * 1024)]);
});

test("Links can be clicked and lead only where one can see", async () => {
  const page = await come(server.origin, "Dewi", "Links");
  await say(page, "See https://example.org/a?b=1#c, or (http://localhost:1/x). Mail mailto:a@example.org");
  await say(
    page,
    "javascript:alert(1) JAVASCRIPT://%0aalert(1) data:text/html,x vbscript:x file:///etc/passwd",
  );
  await line(page, "vbscript:x").waitFor();
  const links = page.getByRole("log").getByRole("link");
  expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")))).toEqual([
    "https://example.org/a?b=1#c",
    "http://localhost:1/x",
    "mailto:a@example.org",
  ]);
  for (const link of await links.all()) {
    expect(await link.getAttribute("target")).toBe("_blank");
    expect(await link.getAttribute("rel")).toContain("noopener");
  }
  await page.context().route("https://example.org/**", (route) => route.fulfill({ body: "somewhere else" }));
  const [opened] = await Promise.all([page.context().waitForEvent("page"), links.first().click()]);
  await opened.waitForURL("https://example.org/a?b=1#c");
  expect(await opened.evaluate(() => [globalThis.opener, document.referrer])).toEqual([null, ""]);
});

test("Code keeps its form, and a fence has a button that copies it", async () => {
  const page = await come(server.origin, "Eka", "Code", {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const code = "if (a < b) {\n    return `${a}`;\n}";
  await say(page, `Use \`a  <b>\` here:\n\`\`\`js\n${code}\n\`\`\``);
  const sent = line(page, "Use");
  expect(await sent.locator(".text > code").textContent()).toBe("a  <b>");
  expect(await sent.locator("pre").textContent()).toBe(code);
  await sent.getByRole("button", { name: "Copy code" }).click();
  await sent.getByText("Copied").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
});

test("R-ENTRY-6: Markup in a text, a name or a room is text, and the policy has nothing to stop", async () => {
  const evil = `<img src=x onerror="globalThis.evil=1">`;
  const page = await come(server.origin, evil.slice(0, 32), evil.slice(0, 60));
  await page.evaluate(() => {
    addEventListener("securitypolicyviolation", () => Object.assign(globalThis, { evil: "stopped" }));
  });
  const lines = [
    `<script>globalThis.evil=1</script>`,
    `<svg onload=globalThis.evil=1>`,
    `"><a href="javascript:globalThis.evil=1">x</a>`,
    `\`<b onclick=evil>\``,
    `https://example.org/"onmouseover="globalThis.evil=1`,
    `&lt;b&gt; {{7*7}} \${7*7} %3Cscript%3E`,
    evil,
  ];
  for (const text of lines) await say(page, text);
  await reads(
    page,
    lines.map((text) => text.replace(/^`(.*)`$/, "$1")),
  );
  await page.reload();
  await line(page, evil).waitFor();
  await page.getByRole("heading", { level: 1, name: evil.slice(0, 60) }).waitFor();
  expect(await page.evaluate(() => "evil" in globalThis)).toBe(false);
  expect(
    await page.getByRole("log").locator("script, img, svg[onload], b, [onclick], [onmouseover]").count(),
  ).toBe(0);
});
