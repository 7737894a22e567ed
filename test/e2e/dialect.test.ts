import { expect, test } from "bun:test";
import { join } from "node:path";
import { OldClient } from "../dialect-2021/old-client.ts";
import { come, line, say, until } from "./people.ts";
import { newFolder, Program } from "./program.ts";
import { attach, card, hash, send, take } from "./sending.ts";

test("Two 2021 clients and two pages share a room, in texts and in files both ways", async () => {
  const server = await Program.start(["--server"]);
  const alice = await OldClient.inRoom(server.relayPort, "alice", "room1");
  const bob = await OldClient.inRoom(server.relayPort, "bob", "room1");
  const ada = await come(server.startAddress, "Ada", "room1");
  const bima = await come(server.origin, "Bima", "room1");

  await say(ada, "halo semua");
  for (const old of [alice, bob]) await old.shows("[Ada] halo semua");
  alice.text("halo dari 2021");
  for (const page of [ada, bima]) await line(page, "halo dari 2021").waitFor();
  await say(bima, "FILE");
  for (const old of [alice, bob]) await old.shows("[Bima] FILE");

  const plan = Buffer.from("rencana acara\n".repeat(5_000));
  await alice.file("rencana ✓.txt", plan);
  for (const page of [ada, bima]) await card(page, "rencana ✓.txt").getByText("Checked").waitFor();
  expect((await take(bima, "rencana ✓.txt")).sha256).toBe(hash(plan));
  await bob.shows("[alice] client_rencana ✓.txt Received");

  const notes = Buffer.from("catatan 漢字\n".repeat(20_000));
  const path = join(await newFolder(), "Catatan.txt");
  await Bun.write(path, notes);
  await attach(ada, path);
  await send(ada);
  await say(bima, "di belakangnya");
  for (const old of [alice, bob]) {
    await old.shows("[Ada] client_Catatan.txt Received");
    await old.shows("[Bima] di belakangnya");
    expect(old.files.get("client_Catatan.txt")?.equals(notes)).toBe(true);
    expect(old.state).toBe("well");
  }
  // The system took all of the bytes for them: more nobody can know.
  await until(
    () =>
      card(ada, "Catatan.txt")
        .getByText(/Received by .*(alice|bob)/)
        .count(),
    1,
  );
});
