import { afterAll, describe, expect, test } from "bun:test";
import { OldClient } from "../dialect-2021/old-client.ts";
import { OldServer } from "../dialect-2021/old-server.ts";
import { sleep } from "../dialect-2021/patient-time.ts";
import { noise } from "./file-world.ts";
import { joinLegacy, type LegacyBridge, Visitor } from "./legacy-world.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An original server, a program that has joined it, and somebody at each. */
async function open(): Promise<{ server: OldServer; bridge: LegacyBridge; ada: Visitor; budi: OldClient }> {
  const server = new OldServer();
  const budi = await OldClient.inRoom(server.port, "budi");
  const bridge = joined(server.port);
  const ada = await Visitor.come(bridge, "Ada");
  await ada.shows("[2021 server] Welcome to chat room");
  closing.push(() => server.stop());
  return { server, bridge, ada, budi };
}

function joined(port: number): LegacyBridge {
  const bridge = joinLegacy(port);
  closing.push(() => bridge.stop());
  return bridge;
}

const awkward = [
  ["Laporan akhir.pdf", 512],
  ["漢字 äöü ✓.png", 70_000],
  ["empty", 0],
  ["007", 1],
  ["Film.mp4", 5_000_000],
] as const;

describe.concurrent("A file from a page reaches an original client:", () => {
  for (const [name, size] of awkward) {
    test(`R-2021-34: "${name}", ${size} bytes, and what is said while it is sent comes behind it`, async () => {
      const { ada, budi } = await open();
      const bytes = noise(size);
      await ada.send(name, bytes);
      ada.say("behind it");
      await budi.shows("[Ada] behind it");
      expect(budi.window).toEqual(["New Group created", `[Ada] client_${name} Received`, "[Ada] behind it"]);
      expect(budi.files.get(`client_${name}`)?.equals(bytes)).toBe(true);
      expect(budi.state).toBe("well");
    });
  }

  test("several in a row, to more than one", async () => {
    const { server, ada, budi } = await open();
    const citra = await OldClient.inRoom(server.port, "citra");
    for (let i = 0; i < 4; i++) await ada.send(`${i}.bin`, noise(3_000 * i, i));
    for (const one of [budi, citra]) {
      await one.shows("[Ada] client_3.bin Received");
      expect([...one.files.values()].map(({ length }) => length)).toEqual([0, 3_000, 6_000, 9_000]);
    }
  });

  test("a folder, as its archive", async () => {
    const { ada, budi } = await open();
    const tar = noise(2_048);
    await ada.send("Foto", tar, { folder: { files: 1, indexBytes: 512 } });
    await budi.shows("[Ada] client_Foto.tar Received");
    expect(budi.files.get("client_Foto.tar")?.equals(tar)).toBe(true);
  });

  test("under a name that the client can open, however long it was", async () => {
    const { ada, budi } = await open();
    await ada.send(`${"漢".repeat(83)}.png`, noise(10));
    const [name = ""] = await budi.shows(/Received$/).then(() => [...budi.files.keys()]);
    expect(name).toEndWith("漢.png");
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });
});

describe.concurrent("A file from an original client reaches the page:", () => {
  for (const isUnlucky of [false, true]) {
    for (const [name, size] of awkward) {
      const how = isUnlucky ? "its bytes with the sender's name" : "as it should";
      test(`"${name}", ${size} bytes, ${how}`, async () => {
        const { server, ada, budi } = await open();
        server.isUnlucky = isUnlucky;
        const bytes = noise(size);
        await budi.file(name, bytes);
        await ada.shows(`[budi] ${name} Received`);
        expect((await ada.file(name)).equals(Buffer.from(bytes))).toBe(true);
        budi.text("after it");
        await ada.shows("[budi] after it");
      });
    }
  }

  test("several in a row, with texts between", async () => {
    const { ada, budi } = await open();
    for (let i = 0; i < 4; i++) {
      await budi.file(`${i}.bin`, noise(2_000 * i, i));
      // The server reads the bytes only 300 ms after the size.
      await sleep(500);
      budi.text(`that was ${i}`);
      await ada.shows(`[budi] ${i}.bin Received`);
      await ada.shows(`[budi] that was ${i}`);
    }
    expect((await ada.file("3.bin")).equals(Buffer.from(noise(6_000, 3)))).toBe(true);
  });

  test("R-2021-37: a name that is a path is only a name", async () => {
    const { ada, budi } = await open();
    await budi.file("../../etc/passwd", noise(20));
    await ada.shows("[budi] passwd Received");
  });

  test("R-2021-37: one that is larger than is kept is told, without its path, and what follows is heard", async () => {
    const server = new OldServer();
    closing.push(() => server.stop());
    const budi = await OldClient.inRoom(server.port, "budi");
    const bridge = joinLegacy(server.port, { bytesMax: 1_000 });
    closing.push(() => bridge.stop());
    const ada = await Visitor.come(bridge, "Ada");
    await ada.shows("[2021 server] Welcome to chat room");
    await budi.file("../large.bin", noise(1_001));
    await ada.shows('[2021 server] budi sent "large.bin" (1001 bytes), which this program could not keep');
    await sleep(500);
    budi.text("well?");
    await ada.shows("[budi] well?");
    await budi.file("small.bin", noise(1_000));
    await ada.shows("[budi] small.bin Received");
  });

  test("when all together are more than is kept, the oldest go", async () => {
    const server = new OldServer();
    closing.push(() => server.stop());
    const budi = await OldClient.inRoom(server.port, "budi");
    const bridge = joinLegacy(server.port, { allBytesMax: 2_500 });
    closing.push(() => bridge.stop());
    const ada = await Visitor.come(bridge, "Ada");
    await ada.shows("[2021 server] Welcome to chat room");
    for (const name of ["a.bin", "b.bin", "c.bin"]) {
      await budi.file(name, noise(1_000, name.length));
      await ada.shows(`[budi] ${name} Received`);
    }
    await expect(ada.file("a.bin")).rejects.toThrow("file-gone");
    expect((await ada.file("b.bin")).length).toBe(1_000);
    expect((await ada.file("c.bin")).length).toBe(1_000);
  });
});

describe.concurrent("Two programs at one original server", () => {
  test("send each other files and texts both ways", async () => {
    const { server, ada, budi } = await open();
    const cici = await Visitor.come(joined(server.port), "Cici");
    await cici.shows("[2021 server] Welcome to chat room");
    await ada.send("peta.png", noise(20_000));
    ada.say("from Ada");
    for (const [name, one] of [["cici", cici]] as const) {
      await one.shows("[Ada] peta.png Received");
      await one.shows("[Ada] from Ada");
      expect([name, (await one.file("peta.png")).equals(Buffer.from(noise(20_000)))]).toEqual([name, true]);
    }
    await cici.send("surat.txt", noise(7));
    cici.say("from Cici");
    await ada.shows("[Cici] surat.txt Received");
    await ada.shows("[Cici] from Cici");
    await budi.shows("[Cici] from Cici");
    expect([...budi.files.keys()]).toEqual(["client_peta.png", "client_surat.txt"]);
    expect(budi.state).toBe("well");
  });

  test("two pages of one program show a file once, and neither writes into the other's", async () => {
    const { bridge, ada, budi } = await open();
    const cici = await Visitor.come(bridge, "Cici");
    cici.say("here");
    await budi.shows("[Cici] here");
    await ada.send("film.bin", noise(300_000));
    for (let i = 0; i < 5; i++) cici.say(`meanwhile ${i}`);
    await budi.shows("[Cici] meanwhile 4");
    await budi.shows("[Ada] client_film.bin Received");
    expect(budi.files.get("client_film.bin")?.equals(noise(300_000))).toBe(true);
    expect(cici.window.filter((line) => line.includes("film.bin"))).toEqual(["[Ada] film.bin Received"]);
    expect(budi.state).toBe("well");
  });

  test("somebody else of the same name is heard, under another one", async () => {
    const { server, ada } = await open();
    const other = await OldClient.inRoom(server.port, "Ada");
    other.text("I am Ada too");
    expect(await ada.shows(/I am Ada too$/)).not.toStartWith("[Ada] ");
  });
});

describe.concurrent("When the server dies", () => {
  test("in the middle of a file to the page, the file fails, and the next one comes", async () => {
    const { server, ada, budi } = await open();
    for (const header of ["FILE", "client_half.bin", "100000"]) {
      budi.send(header);
      await sleep(100);
    }
    budi.send(noise(50_000));
    await ada.person.line.until(() => ada.person.line.frames.some(({ bytes }) => bytes === 50_000), "half");
    server.stop();
    await ada.shows("[budi] half.bin expired");
    await ada.shows("[2021 server] The server does not answer: what you write waits here until it does");

    const again = new OldServer(server.port);
    closing.push(() => again.stop());
    const citra = await OldClient.inRoom(again.port, "citra");
    await ada.shows("[2021 server] Welcome to chat room");
    await citra.file("whole.bin", noise(100));
    await ada.shows("[citra] whole.bin Received");
  });

  test("in the middle of a file from the page, it goes once more when there is a server again, then the rest", async () => {
    const { server, ada, budi } = await open();
    const bytes = noise(100_000);
    const isBegun = budi.until(() => budi.heard.some((heard) => heard.bytes.toString() === "FILE"));
    await ada.send("again.bin", bytes);
    ada.say("after it");
    await isBegun;
    server.stop();
    const again = new OldServer(server.port);
    closing.push(() => again.stop());
    const citra = await OldClient.inRoom(again.port, "citra");
    await citra.shows("[Ada] client_again.bin Received");
    await citra.shows("[Ada] after it");
    expect(citra.files.get("client_again.bin")?.equals(bytes)).toBe(true);
  });
});
