import { test } from "bun:test";
import { join } from "node:path";
import { come, line } from "./people.ts";
import { newFolder, Program } from "./program.ts";
test("speed", async () => {
  const server = await Program.start(["--server"]);
  const ada = await come(server.startAddress, "Ada", "Lobby");
  const dir = join(await newFolder(), "many");
  for (let i = 0; i < 2000; i++) await Bun.write(join(dir, `${i % 20}/f${i}.bin`), new Uint8Array(4096).fill(i));
  const one = join(await newFolder(), "one.bin"); await Bun.write(one, new Uint8Array(2000 * 4096));
  const big = join(await newFolder(), "big.bin"); await Bun.$`head -c 1000000000 /dev/urandom > ${big}`;
  await ada.evaluate(() => Object.assign(window, { showOpenFilePicker: undefined, showDirectoryPicker: undefined }));
  for (const [what, path] of [["Files", one], ["A folder", dir], ["Files", one], ["A folder", dir], ["Files", big]] as const) {
    await ada.getByRole("button", { name: "Attach" }).click();
    const chooser = ada.waitForEvent("filechooser");
    await ada.locator("#attach-menu").getByRole("button", { name: what }).click();
    await (await chooser).setFiles([path]);
    await ada.locator(".chip:not(.reading)").waitFor();
    const n = await ada.locator(".file-details").count();
    const t = performance.now();
    await ada.getByRole("button", { name: "Send", exact: true }).click();
    await ada.locator(".file-details").nth(n).waitFor({ timeout: 60000 });
    console.log(what, Math.round(performance.now() - t), "ms");
  }
}, 120000);
