import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { come, line, open, say, until } from "./people.ts";
import { newFolder, Program } from "./program.ts";
import {
  attach,
  attachFolder,
  card,
  choose,
  download,
  hash,
  noise,
  paste,
  putsOf,
  send,
  slow,
  take,
  two,
  withHandle,
  write,
} from "./sending.ts";

test("A file goes from one person to another: offered, taken, checked, and both see who has it", async () => {
  const { ada, bima } = await two();
  const bytes = noise(300_000);
  await attach(ada, await write("Peta desa.bin", bytes));
  await send(ada);
  await card(bima, "Peta desa.bin").getByText("Checked").waitFor();
  expect(await take(bima, "Peta desa.bin")).toEqual({ name: "Peta desa.bin", sha256: hash(bytes) });
  for (const one of [ada, bima]) await card(one, "Peta desa.bin").getByText("Received by Bima").waitFor();
  await card(bima, "Peta desa.bin").getByText("Checked").click();
  await card(bima, "Peta desa.bin").getByText(hash(bytes)).waitFor();
  await bima.getByRole("button", { name: "Files" }).click();
  await bima.getByRole("dialog", { name: "Files" }).getByRole("link", { name: "Peta desa.bin" }).waitFor();
});

test("A server and a bridge that are killed in the middle of 50 MB cost nothing of what arrived", async () => {
  const server = await Program.start(["--server"]);
  const bridge = await Program.start(["--connect", server.address]);
  const ada = await come(bridge.startAddress, "Ada", "Lobby");
  const bima = await come(server.startAddress, "Bima", "Lobby");
  const puts = putsOf(ada);
  await slow(ada, 12_000_000);
  const bytes = noise(50_000_000);
  await attach(ada, await write("Rekaman.bin", bytes));
  await send(ada);
  await bima.getByText(/^50 MB · [2-9]\d% /).waitFor();

  await server.kill();
  await card(ada, "Rekaman.bin").getByText("Goes on when the connection is back").waitFor();
  await Program.start(["--server", ...server.samePorts], server.data);
  await ada.getByText(/^50 MB · [5-9]\d% /).waitFor();

  await bridge.kill();
  await card(ada, "Rekaman.bin").getByText("Goes on when the connection is back").waitFor();
  await Program.start(["--connect", server.address, "--web-port", String(bridge.webPort)], bridge.data);
  await card(bima, "Rekaman.bin").getByText("Checked").waitFor({ timeout: 30_000 });
  expect((await take(bima, "Rekaman.bin")).sha256).toBe(hash(bytes));
  // Each attempt began where the one before it was cut off.
  expect(puts.length).toBeGreaterThanOrEqual(3);
  expect(puts.every((offset, i) => i === 0 || offset > (puts[i - 1] ?? 0))).toBe(true);
}, 60_000);

test("A folder of 200 files goes as one, is taken as a zip or file by file, and keeps its tree", async () => {
  const { ada, bima } = await two();
  const folder = join(await newFolder(), "Foto kegiatan");
  for (const day of ["Pagi", "Sore"]) await mkdir(join(folder, day), { recursive: true });
  const files = Array.from(
    { length: 200 },
    (_, i) => [`${i % 2 ? "Pagi" : "Sore"}/foto ${i}.txt`, `isi ${i}\n`] as const,
  );
  for (const [path, text] of files) await Bun.write(join(folder, path), text);
  await attachFolder(ada, folder);
  await ada.getByText("200 files", { exact: false }).waitFor();
  await send(ada);
  await card(bima, "Foto kegiatan").getByText("Checked").waitFor();

  const zip = await download(bima, card(bima, "Foto kegiatan").getByRole("link", { name: "Foto kegiatan" }));
  expect(zip.suggestedFilename()).toBe("Foto kegiatan.zip");
  const names = await Bun.$`unzip -Z1 ${await zip.path()}`.text();
  expect(
    names
      .trim()
      .split("\n")
      .filter((name) => !name.endsWith("/"))
      .sort(),
  ).toEqual(files.map(([path]) => path).sort());

  await card(bima, "Foto kegiatan").getByRole("button", { name: "What is in it" }).click();
  const list = bima.getByRole("dialog", { name: "In Foto kegiatan" });
  await list.getByRole("searchbox", { name: "Find a file" }).fill("foto 137");
  expect(await list.getByRole("link").count()).toBe(1);
  const one = await download(bima, list.getByRole("link", { name: "foto 137.txt" }));
  expect(one.suggestedFilename()).toBe("foto 137.txt");
  expect(await Bun.file(await one.path()).text()).toBe("isi 137\n");
});

test("A pasted picture is seen in place by both, and large at a press, and what is said stays where it is", async () => {
  const { ada, bima } = await two();
  await say(bima, "Show me");
  await line(ada, "Show me").waitFor();
  await paste(ada);
  await ada
    .getByRole("list", { name: "To be sent" })
    .getByText(/Pasted .*\.png/)
    .waitFor();
  await send(ada);
  const picture = bima.getByRole("button", { name: /^Show Pasted .* large$/ });
  await picture.locator("img").waitFor();
  await until(() => picture.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth), 640);
  await picture.click();
  const large = bima.getByRole("dialog", { name: /^Pasted/ });
  await until(() => large.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth), 640);
  await bima.keyboard.press("Escape");
  await large.waitFor({ state: "detached" });
});

test("A file that is written to while it is sent is never taken for whole, and both are told", async () => {
  const { ada, bima } = await two();
  await slow(ada, 4_000_000);
  const path = await write("Catatan.bin", noise(20_000_000));
  await attach(ada, path);
  await send(ada);
  await bima.getByText(/^20 MB · [2-9]\d% /).waitFor();
  await Bun.write(path, noise(20_000_000));
  for (const page of [ada, bima]) {
    await card(page, "Catatan.bin").getByText("It changed while it was being sent: send it again").waitFor();
    expect(await card(page, "Catatan.bin").getByRole("link").count()).toBe(0);
  }
});

test("A paused file stands still for both until it goes on, while another one is sent", async () => {
  const { ada, bima } = await two();
  await slow(ada, 4_000_000);
  const bytes = noise(16_000_000);
  await attach(ada, await write("Besar.bin", bytes));
  await send(ada);
  await bima.getByText(/^16 MB · [2-9]\d% /).waitFor();
  await ada.getByRole("button", { name: "Pause Besar.bin" }).click();
  await card(ada, "Besar.bin").getByText("Paused").waitFor();
  await card(bima, "Besar.bin").getByText("Waiting for Ada").waitFor();
  await attach(ada, await write("Kecil.bin", noise(10_000)));
  await send(ada);
  await card(bima, "Kecil.bin").getByText("Checked").waitFor();
  await slow(ada, -1);
  await ada.getByRole("button", { name: "Go on with Besar.bin" }).click();
  await card(bima, "Besar.bin").getByText("Checked").waitFor();
  expect((await take(bima, "Besar.bin")).sha256).toBe(hash(bytes));
});

test("A page that was closed in the middle offers to go on, and takes only the same file", async () => {
  const { ada, bima, server } = await two();
  const puts = putsOf(ada);
  await slow(ada, 4_000_000);
  const bytes = noise(20_000_000);
  const path = await write("Video.bin", bytes);
  await attach(ada, path);
  await send(ada);
  await bima.getByText(/^20 MB · [2-9]\d% /).waitFor();
  const context = ada.context();
  await ada.close();
  await card(bima, "Video.bin")
    .getByText(/Waiting for Ada|%/)
    .waitFor();

  const back = await open(context, server.origin);
  const again = putsOf(back);
  const offer = back.getByRole("region", { name: "1 file has not arrived yet" });
  await offer.getByText("Video.bin").waitFor();
  await choose(
    back,
    offer.getByRole("button", { name: "Choose it again" }),
    await write("Video.bin", noise(100)),
  );
  await offer.getByText(/That is another file/).waitFor();
  await choose(back, offer.getByRole("button", { name: "Choose it again" }), path);
  await offer.waitFor({ state: "detached" });
  await card(bima, "Video.bin").getByText("Checked").waitFor();
  expect((await take(bima, "Video.bin")).sha256).toBe(hash(bytes));
  expect(puts[0]).toBe(0);
  expect(again[0]).toBeGreaterThan(2_000_000);
});

test("A page that was closed in the middle goes on by itself where the browser keeps what was chosen", async () => {
  const { ada, bima, server } = await two();
  await slow(ada, 4_000_000);
  await withHandle(ada, "Video.bin", 20_000_000);
  await ada.getByRole("button", { name: "Attach" }).click();
  await ada.locator("#attach-menu").getByRole("button", { name: "Files" }).click();
  await ada.getByRole("list", { name: "To be sent" }).getByText("Video.bin").waitFor();
  await send(ada);
  await bima.getByText(/^20 MB · [2-9]\d% /).waitFor();
  const context = ada.context();
  await ada.close();
  await open(context, server.origin);
  await card(bima, "Video.bin").getByText("Checked").waitFor();
});

test("One writes to one person, who finds it when they come back, and nobody else ever", async () => {
  const { ada, bima, server } = await two();
  const citra = await come(server.origin, "Citra", "Lobby");
  await say(bima, "I have to go");
  await line(ada, "I have to go").waitFor();
  const context = bima.context();
  await bima.close();

  await ada.getByRole("button", { name: "2 people here" }).click();
  await ada.getByRole("button", { name: "Write to Bima" }).click();
  await ada.getByRole("heading", { name: "Bima", level: 1 }).waitFor();
  await ada.getByText("away", { exact: true }).waitFor();
  await say(ada, "Psst, the cake is in the fridge");
  await attach(ada, await write("Resep.txt", new TextEncoder().encode("gula, telur")));
  await send(ada);
  await card(ada, "Resep.txt").getByText("Checked").waitFor();

  const back = await open(context, server.origin);
  await back.getByRole("button", { name: /Ada.*2 unread messages/ }).click();
  await line(back, "Psst, the cake is in the fridge").waitFor();
  await back.getByText("gula, telur").waitFor();
  expect((await take(back, "Resep.txt")).name).toBe("Resep.txt");
  await ada.getByText("here now", { exact: true }).waitFor();
  await say(back, "Found it");
  await line(ada, "Found it").waitFor();
  expect(await citra.getByText("Direct").count()).toBe(0);
  expect(await citra.getByText("Psst").count()).toBe(0);
  await back.reload();
  await back.getByRole("heading", { name: "Ada", level: 1 }).waitFor();
});
