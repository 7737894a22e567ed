import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { come, line, say, texts, until } from "./people.ts";
import { newFolder, Program } from "./program.ts";
import {
  attach,
  card,
  download,
  drop,
  dropFiles,
  film,
  hash,
  noise,
  picture,
  send,
  slow,
  take,
  tone,
  two,
  write,
} from "./sending.ts";

const encode = (text: string) => new TextEncoder().encode(text);

test("Files and a folder are dropped on the window, one is taken away, and the others arrive", async () => {
  const { ada, bima } = await two();
  const folder = join(await newFolder(), "Acara");
  await mkdir(join(folder, "Kosong"), { recursive: true });
  await Bun.write(join(folder, "Hari 1", "jadwal.txt"), "07.00");
  const [daftar, salah] = [await write("daftar.csv", encode("a;b\n")), await write("salah.bin", noise(10))];
  const chips = ada.getByRole("list", { name: "To be sent" }).getByRole("listitem");

  // Behind an open dialog nobody can see what would be sent.
  await ada.getByRole("button", { name: "Join a room" }).click();
  await drop(ada, daftar);
  await ada.keyboard.press("Escape");
  expect(await chips.count()).toBe(0);

  await drop(ada, daftar, salah, folder, join(folder, "Kosong"));
  await until(() => chips.count(), 4);
  await chips.filter({ hasText: "Acara" }).getByText("1 file").waitFor();
  await chips.filter({ hasText: "Kosong" }).getByText("There is nothing in this folder").waitFor();
  await ada.getByRole("button", { name: "Take salah.bin away" }).click();
  await ada.getByLabel("Message").fill("For tomorrow");
  await send(ada);
  // What cannot be sent stays where it can be taken away.
  await until(() => chips.allTextContents(), ["KosongThere is nothing in this folder"]);
  await card(bima, "daftar.csv").getByText("Checked").waitFor();
  await card(bima, "Acara").getByText("Checked").waitFor();
  expect(await line(bima).count()).toBe(3);
  await card(bima, "Acara").getByRole("button", { name: "What is in it" }).click();
  const list = bima.getByRole("dialog", { name: "In Acara" });
  await list.getByText("Hari 1").waitFor();
  const one = await download(bima, list.getByRole("link", { name: "jadwal.txt" }));
  expect(await Bun.file(await one.path()).text()).toBe("07.00");
});

test("A file is taken while it still arrives, and who comes late finds it and sees who has it", async () => {
  const { server, ada, bima } = await two();
  await slow(ada, 1_000_000);
  const bytes = noise(12_000_000);
  await attach(ada, await write("Siaran.bin", bytes));
  await send(ada);
  const link = card(bima, "Siaran.bin").getByRole("link", { name: "Siaran.bin" });
  await card(bima, "Siaran.bin")
    .getByText(/^12 MB · [1-5]\d% · \d.* left$/)
    .waitFor();
  const begun = await download(bima, link);
  expect(await card(bima, "Siaran.bin").getByText("Checked").count()).toBe(0);

  const citra = await come(server.origin, "Citra", "Lobby");
  await card(citra, "Siaran.bin")
    .getByText(/^12 MB · \d+%/)
    .waitFor();
  await slow(ada, -1);
  expect(hash(await Bun.file(await begun.path()).bytes())).toBe(hash(bytes));
  for (const page of [ada, bima, citra])
    await card(page, "Siaran.bin").getByText("Received by Bima").waitFor();
  await take(citra, "Siaran.bin");
  for (const page of [ada, bima, citra])
    await card(page, "Siaran.bin").getByText("Received by Bima, Citra").waitFor();
});

test("A file that the server does not take keeps nothing back, says why, and goes when it may", async () => {
  const first = await Program.start(["--server", "--file-max", "1M"]);
  const ada = await come(first.startAddress, "Ada", "Lobby");
  const small = await write("kecil.bin", noise(1000));
  await attach(
    ada,
    await write("besar.bin", noise(1_100_000)),
    small,
    await write("sedang.bin", noise(50_000)),
  );
  await send(ada);
  for (const name of ["kecil.bin", "sedang.bin"]) await card(ada, name).getByText("Checked").waitFor();
  await card(ada, "besar.bin").getByText("It is too large: the server takes at most 1 MB").waitFor();
  await card(ada, "besar.bin").getByRole("button", { name: "Remove" }).click();
  await card(ada, "besar.bin").waitFor({ state: "detached" });

  // Without a server a link tells why nothing comes; it is the same link afterwards.
  await first.kill();
  await ada.getByText("This program has stopped").waitFor();
  await card(ada, "kecil.bin").getByRole("link", { name: "kecil.bin" }).click();
  await card(ada, "kecil.bin")
    .getByRole("alert")
    .getByText("There is no connection to the server now")
    .waitFor();
  const full = await Program.start(["--server", ...first.samePorts, "--disk-free-min", "900T"], first.data);
  await attach(ada, await write("nanti.bin", noise(2000)));
  await ada.getByLabel("Message").fill("The words go all the same");
  await send(ada);
  await card(ada, "nanti.bin").getByText("The server's disk is full").waitFor();
  await line(ada, "The words go all the same").and(ada.locator('[data-state="sent"]')).waitFor();
  await full.kill();
  await Program.start(["--server", ...first.samePorts], first.data);
  await card(ada, "nanti.bin").getByRole("button", { name: "Try again" }).click();
  await card(ada, "nanti.bin").getByText("Checked").waitFor();
  await take(ada, "kecil.bin");
  await until(() => ada.getByRole("alert").count(), 0);
});

test("Pictures, sound, film and text are seen in place, a picture in a place that was kept for it", async () => {
  const { ada, bima } = await two();
  await slow(ada, 2_000_000);
  await attach(ada, await picture(ada, "Balai.png", { width: 1200, height: 700, isNoisy: true }));
  await send(ada);
  const balai = card(bima, "Balai.png");
  await balai.getByText(/^\S+ MB · \d+%/).waitFor();
  await say(bima, "Nice");
  const before = await balai.boundingBox();
  const image = balai.getByRole("button", { name: "Show Balai.png large" }).locator("img");
  await until(() => image.evaluate((image: HTMLImageElement) => image.naturalWidth), 1200);
  await balai.getByText("Checked").waitFor();
  // The bar of the progress has gone, and a line that says so has come.
  const after = await balai.boundingBox();
  expect(Math.abs((after?.height ?? 0) - (before?.height ?? 0))).toBeLessThan(24);

  await slow(ada, -1);
  await attach(
    ada,
    await write("lagu.wav", tone(2)),
    await write("film.webm", await film(ada)),
    await write("catatan.txt", encode("<x onclick=alert(1)> & é 会")),
  );
  await send(ada);
  await card(bima, "catatan.txt").getByText("<x onclick=alert(1)> & é 会").waitFor();
  const hasMetadata = (media: HTMLMediaElement) => media.readyState > 0 && media.error === null;
  await until(() => card(bima, "lagu.wav").locator("audio").evaluate(hasMetadata), true);
  await until(() => card(bima, "film.webm").locator("video").evaluate(hasMetadata), true);
  expect(
    await card(bima, "lagu.wav")
      .locator("audio")
      .evaluate((audio: HTMLAudioElement) => audio.duration),
  ).toBe(2);
});

test("R-FILENAME-3: Names that could do harm are shown as they are kept, and taken under a safe name", async () => {
  const { ada, bima } = await two();
  const long = "会".repeat(83);
  const names: [raw: string, safe: string][] = [
    ["..", "file"],
    ["../../x", "x"],
    ["..\\..\\y", "y"],
    ["/etc/passwd", "passwd"],
    ["C:\\z.txt", "z.txt"],
    ["CON", "_CON"],
    ["nul.txt", "_nul.txt"],
    ["ends. . ", "ends"],
    ["a\u202egnp.exe", "agnp.exe"],
    ["q\"u'o\r\nSet-Cookie: a=b.txt", "qu'oSet-Cookie a=b.txt"],
    ["<img src=x onerror=document.title=1>.txt", "img src=x onerror=document.title=1.txt"],
    [`${"n".repeat(300)}.txt`, `${"n".repeat(251)}.txt`],
    [`${long}.png`, `${long}.png`],
    ["e\u0301 nfd.txt", "é nfd.txt"],
    ["é nfc.txt", "é nfc.txt"],
    ["%2e%2e%2fpercent #1?.txt", "%2e%2e%2fpercent #1.txt"],
  ];
  await dropFiles(
    ada,
    names.map(([raw], i) => [raw, `${i}`]),
  );
  await until(
    () => ada.locator(".chip-name").allTextContents(),
    names.map(([, safe]) => safe),
  );
  await send(ada);
  const cardsOf = (page: Page) => page.getByRole("log").locator(".file");
  await until(() => cardsOf(bima).filter({ hasText: "Checked" }).count(), names.length);
  expect(await cardsOf(bima).locator(".file-link, .file-name").allTextContents()).toEqual(
    names.map(([, safe]) => safe),
  );
  for (const [i, [, safe]] of names.entries()) {
    // In turn: Chromium drops what a page wants to download beyond ten in a second.
    const page = i % 2 ? ada : bima;
    await cardsOf(page).nth(i).scrollIntoViewIfNeeded();
    const taken = await download(page, cardsOf(page).nth(i).locator(".file-link"));
    expect([taken.suggestedFilename(), await Bun.file(await taken.path()).text()]).toEqual([safe, `${i}`]);
  }
});

test("A page or drawing that somebody sent runs nowhere, whatever it is called", async () => {
  const { ada, bima } = await two();
  const script = "localStorage.setItem('pwned', location.href)";
  const page = `<!doctype html><title>x</title><script>${script}</script>`;
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" onload="${script}"><script>${script}</script></svg>`;
  const sent: [name: string, content: string][] = [
    ["halaman.html", page],
    ["gambar.svg", drawing],
    ["halaman.png", page],
    ["gambar.jpg", drawing],
    ["gambar.txt", drawing],
  ];
  await attach(ada, ...(await Promise.all(sent.map(([name, content]) => write(name, encode(content))))));
  await send(ada);
  // That it could be seen if one ran.
  await bima.evaluate((script) => {
    const element = document.createElement("div");
    element.addEventListener("click", () => localStorage.setItem("could", script));
    element.click();
  }, script);
  for (const [name] of sent) {
    await card(bima, name).getByText("Checked").waitFor();
    await until(() => card(bima, name).locator("img, iframe, object, embed").count(), 0);
    const link = card(bima, name).getByRole("link", { name });
    // As a link that is opened, and not taken: in a tab of its own. Before its ticket has come it leads nowhere.
    await until(async () => (await link.getAttribute("href"))?.startsWith("/files/-/"), false);
    const href = await link.evaluate((link: HTMLAnchorElement) => link.href);
    const tab = await bima.context().newPage();
    const begun = tab.waitForEvent("download");
    await tab.goto(href).catch(() => {});
    expect((await begun).suggestedFilename()).toBe(name);
    expect(tab.url()).toBe("about:blank");
    await tab.close();
  }
  for (const one of [ada, bima])
    expect(await one.evaluate(() => [localStorage.getItem("pwned"), document.title])).toEqual([
      null,
      "Lobby · Pendopo",
    ]);
  expect(await bima.evaluate(() => localStorage.getItem("could"))).toBe(script);
});

test("Everything about files can be done by keys", async () => {
  const { ada, bima } = await two();
  await bima.close();
  await slow(ada, 4_000_000);
  const chooser = ada.waitForEvent("filechooser");
  await ada.evaluate(() => Object.assign(window, { showOpenFilePicker: undefined }));
  await tabTo(ada, "Attach", "Shift+Tab");
  await ada.keyboard.press("Enter");
  await tabTo(ada, "Files");
  await ada.keyboard.press("Enter");
  await (await chooser).setFiles([
    await picture(ada, "Peta.png", { width: 300, height: 200 }),
    await write("salah.bin", noise(10)),
    await write("Besar.bin", noise(20_000_000)),
  ]);
  await tabTo(ada, "Take salah.bin away", "Shift+Tab");
  await ada.keyboard.press("Enter");
  await until(() => focused(ada), "Message");
  await ada.keyboard.press("Enter");
  await card(ada, "Besar.bin")
    .getByText(/^20 MB · \d+%/)
    .waitFor();
  await tabTo(ada, "Pause Besar.bin", "Shift+Tab");
  await ada.keyboard.press("Space");
  await card(ada, "Besar.bin").getByText("Paused").waitFor();
  // The focus stays where it is needed next.
  expect(await focused(ada)).toBe("Go on with Besar.bin");
  await ada.keyboard.press("Space");
  await card(ada, "Besar.bin")
    .getByText(/^20 MB · \d+%/)
    .waitFor();
  await tabTo(ada, "Cancel Besar.bin");
  await ada.keyboard.press("Space");
  await card(ada, "Besar.bin").getByText("Cancelled").waitFor();
  await until(() => focused(ada), "Message");

  await tabTo(ada, "Show Peta.png large", "Shift+Tab");
  await ada.keyboard.press("Enter");
  const large = ada.getByRole("dialog", { name: "Peta.png" });
  await large.waitFor();
  await ada.keyboard.press("Escape");
  await large.waitFor({ state: "detached" });
  expect(await focused(ada)).toBe("Show Peta.png large");
  await tabTo(ada, "Peta.png");
  const taken = ada.waitForEvent("download");
  await ada.keyboard.press("Enter");
  expect((await taken).suggestedFilename()).toBe("Peta.png");
  await tabTo(ada, "Checked");
  await ada.keyboard.press("Enter");
  await card(ada, "Peta.png").getByText("Everything arrived as it was sent").waitFor();

  await ada.getByRole("button", { name: "Files", exact: true }).focus();
  await ada.keyboard.press("Enter");
  const panel = ada.getByRole("dialog", { name: "Files" });
  await panel.waitFor();
  await tabTo(ada, "Peta.png");
  expect(await panel.locator(":focus").count()).toBe(1);
  await ada.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  expect(await focused(ada)).toBe("Files");
});

test("Where there is nothing yet, it is said what could be there", async () => {
  const { server, ada, bima } = await two();
  await ada.getByRole("button", { name: "Files", exact: true }).click();
  const panel = ada.getByRole("dialog", { name: "Files" });
  await panel.getByText("No files yet").waitFor();
  await ada.keyboard.press("Escape");
  await ada.getByRole("button", { name: "2 people here" }).click();
  await ada.getByRole("button", { name: "Write to Bima" }).click();
  await ada.getByText("This is between you and Bima").waitFor();
  // Who is in a room of ours would read it now.
  await ada.getByText("here now", { exact: true }).waitFor();
  await bima.close();
  await ada.getByText("away", { exact: true }).waitFor();
  await say(ada, "For later");
  await until(() => texts(ada), ["For later"]);
  // The room of both does not have it.
  const citra = await come(server.origin, "Citra", "Lobby");
  await citra.getByRole("button", { name: "Files", exact: true }).click();
  await citra.getByRole("dialog", { name: "Files" }).getByText("No files yet").waitFor();
  expect(await texts(citra)).toEqual([]);
});

/** What readers call what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    return (element.ariaLabel ?? element.textContent).replace(/\s+/g, " ").trim();
  });
}

async function tabTo(page: Page, name: string, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (now === name) return;
    passed.push(now);
  }
  throw new Error(`${key} does not lead to ${name}, but to: ${passed.join(" | ")}`);
}
