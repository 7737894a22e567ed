import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { disposition } from "../../src/bridge/file-headers.ts";
import { securityHeaders } from "../../src/bridge/headers.ts";
import type { Door } from "./door.ts";
import {
  type FileWorld,
  get,
  noise,
  type Offered,
  offer,
  openWorld,
  patch,
  pathOf,
  room,
  sha256,
  tus,
  upload,
} from "./file-world.ts";
import { ask, lines } from "./raw.ts";
import { RawRequest } from "./raw-request.ts";

let world: FileWorld;
let door: Door;
const bytes = noise(5_000_000);
let offered: Offered;
let path: string;

beforeAll(async () => {
  world = await openWorld();
  ({ door } = world);
  offered = await upload(world, "five.bin", bytes);
  path = await pathOf(world, offered);
});
afterAll(async () => {
  expect(world.server.troubles).toEqual([]);
  await world[Symbol.asyncDispose]();
});

describe("R-HTTP-6: Range", () => {
  const size = bytes.length;
  const parts: [string, number, number][] = [
    ["bytes=0-0", 0, 1],
    ["bytes=0-", 0, size],
    ["bytes=1-", 1, size],
    ["bytes=65535-65536", 65_535, 65_537],
    ["bytes=4999999-", size - 1, size],
    ["bytes=4999999-9999999", size - 1, size],
    ["bytes=-1", size - 1, size],
    ["bytes=-9999999", 0, size],
    ["BYTES= 5-6 ", 5, 7],
  ];
  for (const [range, from, to] of parts) {
    test(`"${range}" is answered with 206 and those bytes`, async () => {
      const response = await get(door, path, { Range: range });
      expect(response.status).toBe(206);
      expect(response.headers.get("Content-Range")).toBe(`bytes ${from}-${to - 1}/${size}`);
      expect(sha256(await response.bytes())).toBe(sha256(bytes.subarray(from, to)));
    });
  }

  for (const range of ["bytes=5000000-", "bytes=5000000-5000001", "bytes=99999999999999-", "bytes=-0"]) {
    test(`"${range}" is answered with 416 and the size`, async () => {
      const response = await get(door, path, { Range: range });
      expect([response.status, response.headers.get("Content-Range")]).toEqual([416, `bytes */${size}`]);
    });
  }

  for (const range of ["bytes=2-1", "bytes=0-1,3-4", "bytes=-", "bytes=x-", "items=0-1", "bytes=0-1;x", ""]) {
    test(`"${range}" is none that is understood: all of it is answered`, async () => {
      const response = await get(door, path, { Range: range });
      expect([response.status, (await response.bytes()).length]).toEqual([200, size]);
    });
  }

  test("An empty file has no part", async () => {
    const empty = await pathOf(world, await upload(world, "empty", noise(0)));
    expect((await get(door, empty, { Range: "bytes=0-" })).status).toBe(416);
    expect((await get(door, empty)).status).toBe(200);
  });
});

describe("R-HTTP-6 R-HTTP-7: ETag", () => {
  const etag = `"${sha256(bytes)}"`;

  test("It is the SHA-256 of the bytes, whoever sent them", async () => {
    expect((await get(door, path, {}, "HEAD")).headers.get("ETag")).toBe(etag);
    const again = await pathOf(world, await upload(world, "other name.bin", bytes));
    expect((await get(door, again, {}, "HEAD")).headers.get("ETag")).toBe(etag);
  });

  test("If-Range with it gets the part, with another gets all", async () => {
    const Range = "bytes=10-19";
    expect((await get(door, path, { Range, "If-Range": etag })).status).toBe(206);
    expect((await get(door, path, { Range, "If-Range": '"other"' })).status).toBe(200);
    expect((await get(door, path, { Range, "If-Range": `W/${etag}` })).status).toBe(200);
    expect((await get(door, path, { Range, "If-Range": new Date().toUTCString() })).status).toBe(200);
  });

  test("A browser that has the bytes is told so", async () => {
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const response = await get(door, path, { "If-None-Match": known });
      expect([known, response.status, await response.text()]).toEqual([known, 304, ""]);
    }
    expect((await get(door, path, { "If-None-Match": '"x"' })).status).toBe(200);
  });
});

test("HEAD tells length, type and name without a byte", async () => {
  const response = await get(door, path, {}, "HEAD");
  const { headers } = response;
  expect([response.status, headers.get("Content-Length"), headers.get("Accept-Ranges")]).toEqual([
    200,
    "5000000",
    "bytes",
  ]);
  const part = await get(door, path, { Range: "bytes=1-5" }, "HEAD");
  expect([part.status, part.headers.get("Content-Length")]).toEqual([206, "5"]);
});

describe("R-HTTP-10: names", () => {
  const names: [string, string][] = [
    ["plain.txt", "plain.txt"],
    ["with blanks and 'quotes'.txt", "with blanks and 'quotes'.txt"],
    ['say "hi".txt', "say hi.txt"],
    ["a\r\nSet-Cookie: x=1.txt", "aSet-Cookie x=1.txt"],
    ["<img src=x onerror=alert(1)>.png", "img src=x onerror=alert(1).png"],
    ["Übung – schöne Grüße.txt", "Übung – schöne Grüße.txt"],
    ["กฎหมาย.pdf", "กฎหมาย.pdf"],
    ["文件.zip", "文件.zip"],
    ["मेरी फ़ाइल.txt".normalize("NFC"), "मेरी फ़ाइल.txt".normalize("NFC")],
    ["ꦲꦤꦕꦫꦏ.txt", "ꦲꦤꦕꦫꦏ.txt"],
    ["👩‍👩‍👧.gif", "👩‍👩‍👧.gif"],
    ["100% sure; really=yes*.txt", "100% sure; really=yes.txt"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ["CON", "_CON"],
    ["evil\u202etxt.exe", "eviltxt.exe"],
  ];
  for (const [raw, safe] of names) {
    test(JSON.stringify(raw), async () => {
      const file = await upload(world, raw, noise(3));
      const response = await get(door, await pathOf(world, file, "get", raw));
      expect(response.status).toBe(200);
      const header = response.headers.get("Content-Disposition") ?? "";
      const [, plain, encoded = ""] =
        /^attachment; filename="([\x20-\x7e]*)"; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)$/.exec(header) ?? [];
      expect(decodeURIComponent(encoded)).toBe(safe);
      expect(plain).not.toMatch(/["\\]/);
      expect(response.headers.has("Set-Cookie")).toBe(false);
    });
  }

  test("A name that is no Unicode throws nothing", () => {
    expect(disposition("attachment", 'a\ud800\r\n"b.txt')).toBe(
      "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%EF%BF%BDb.txt",
    );
  });
});

describe("R-HTTP-9: what may be shown", () => {
  const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  const kinds: [string, Uint8Array, string | null][] = [
    ["a picture", png, "image/png"],
    ["plain text", Buffer.from("hello\n"), "text/plain; charset=utf-8"],
    ["sound", Buffer.from("ID3\u0003"), "audio/mpeg"],
    ["film", Buffer.from("\0\0\0\u0018ftypmp42"), "video/mp4"],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), null],
    ["HTML", Buffer.from("<!doctype html><script>alert(1)</script>"), null],
    ["XML", Buffer.from('<?xml version="1.0"?><x/>'), null],
    ["PDF", Buffer.from("%PDF-1.7\n"), null],
    ["anything else", Buffer.from([0, 1, 2, 255]), null],
  ];
  for (const [kind, content, type] of kinds) {
    test(`${kind} is ${type === null ? "never shown" : "shown where that was asked for"}`, async () => {
      // The name says another thing in each case: it has no say.
      const file = await upload(world, type === null ? "x.png" : "x.html", new Uint8Array(content));
      for (const action of ["view", "get"] as const) {
        const { headers } = await get(door, await pathOf(world, file, action));
        const isShown = action === "view" && type !== null;
        expect(headers.get("Content-Disposition")).toStartWith(isShown ? "inline;" : "attachment;");
        expect(headers.get("Content-Type")).toBe(isShown ? type : "application/octet-stream");
        expect(headers.get("Content-Security-Policy")).toContain("sandbox");
        expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
        expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      }
    });
  }
});

test("Every answer keeps the headers of the bridge, but for its own policy", async () => {
  for (const [address, method] of [
    [path, "GET"],
    [path, "HEAD"],
    ["/files/x/y/z", "GET"],
    [path, "POST"],
  ] as const) {
    const headers = address === path && method === "POST" ? { Origin: door.origin } : {};
    const response = await get(door, address, headers, method);
    for (const [name, value] of Object.entries(securityHeaders)) {
      if (name === "Content-Security-Policy")
        expect(response.headers.get(name)).toContain("default-src 'none'");
      else expect([name, response.headers.get(name)]).toEqual([name, value]);
    }
    expect(response.headers.get("Cache-Control")).toMatch(/no-store|private/);
    await response.bytes();
  }
});

describe("R-HTTP-8: while it is still arriving", () => {
  test("The body comes as the bytes do", async () => {
    const file = await offer(world, "beam", bytes.length);
    await patch(door, file, 0, bytes.subarray(0, 2_000_000));
    const response = await get(door, await pathOf(world, file));
    expect(response.status).toBe(200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const pieces: Uint8Array[] = [];
    let length = 0;
    const until = async (end: number) => {
      while (length < end) {
        const { value, done } = await reader.read();
        if (done) break;
        pieces.push(value);
        length += value.length;
      }
      return length;
    };
    expect(await until(2_000_000)).toBe(2_000_000);
    await patch(door, file, 2_000_000, bytes.subarray(2_000_000, 4_000_000));
    expect(await until(4_000_000)).toBe(4_000_000);
    await patch(door, file, 4_000_000, bytes.subarray(4_000_000));
    expect(await until(bytes.length + 1)).toBe(bytes.length);
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(bytes));
  });

  test("R-HTTP-7: a download that was cut off goes on with the ETag with which it began", async () => {
    const file = await offer(world, "beam 2", bytes.length);
    await patch(door, file, 0, bytes.subarray(0, 1_000));
    const address = await pathOf(world, file);
    const etag = (await get(door, address, {}, "HEAD")).headers.get("ETag") ?? "";
    await patch(door, file, 1_000, bytes.subarray(1_000));
    const rest = await get(door, address, { Range: "bytes=1000-", "If-Range": etag });
    expect(rest.status).toBe(206);
    expect(sha256(await rest.bytes())).toBe(sha256(bytes.subarray(1_000)));
  });

  test("When the upload is ended, so is the body: it is never taken for whole", async () => {
    const file = await offer(world, "never", bytes.length);
    await patch(door, file, 0, bytes.subarray(0, 1_000_000));
    const request = await RawRequest.open(door, `GET ${await pathOf(world, file)} HTTP/1.1`);
    await request.until(() => request.receivedBytes > 1_000_000);
    await tus(door, "DELETE", `/files/${file.file}`, file.put);
    await request.until(() => request.isClosed);
    // The last piece of a body that is whole has no bytes.
    expect(request.tail).not.toEndWith("0\r\n\r\n");
    expect((await get(door, await pathOf(world, offered))).status).toBe(200);
  });
});

describe("Tickets", () => {
  test("One that is none, or unknown, is refused with 403; nothing is said of the file", async () => {
    for (const ticket of ["x", "A".repeat(43), "%00", "..", "é"]) {
      const response = await get(door, `/files/${ticket}/${offered.file}/x`);
      expect([ticket, response.status]).toEqual([ticket, ticket === ".." ? 404 : 403]);
    }
  });

  test("One for another file, and one to put, do not fit", async () => {
    const other = await upload(world, "other", noise(9));
    const ticket = await world.budi.ticket(room, other.file, "get");
    expect((await get(door, `/files/${ticket}/${offered.file}/x`)).status).toBe(404);
    expect((await get(door, `/files/${other.put}/${other.file}/x`)).status).toBe(403);
  });

  test("One of a file that has failed says that it is gone", async () => {
    const file = await offer(world, "failed", 10);
    const address = await pathOf(world, file);
    await tus(door, "DELETE", `/files/${file.file}`, file.put);
    expect((await get(door, address)).status).toBe(410);
  });

  test("R-HTTP-12: no ticket, name or id stands in the log, whatever happens", async () => {
    await get(door, `/files/${"A".repeat(43)}/${offered.file}/five.bin`);
    const request = await RawRequest.open(door, `GET ${path} HTTP/1.1`);
    await request.until(() => request.receivedBytes > 0);
    request.cut();
    await (await get(door, path)).bytes();
    const said = door.log.said.join("\n");
    for (const secret of [path.split("/")[2] ?? "", offered.file, "five"]) expect(said).not.toContain(secret);
  });
});

describe("Origins", () => {
  const host = () => `Host: localhost:${door.port}`;
  const status = async (...request: string[]) => (await ask(door.port, lines(...request)))?.status;

  test("A download needs no Origin, and none but ours is taken", async () => {
    const small = await pathOf(world, await upload(world, "small", noise(9)));
    expect(await status(`GET ${small} HTTP/1.1`, host())).toBe(200);
    expect(await status(`GET ${small} HTTP/1.1`, host(), `Origin: ${door.origin}`)).toBe(200);
    expect(await status(`GET ${small} HTTP/1.1`, host(), "Origin: http://evil.example")).toBe(403);
    expect(await status(`GET ${small} HTTP/1.1`, host(), "Sec-Fetch-Site: same-origin")).toBe(200);
    expect(await status(`GET ${small} HTTP/1.1`, host(), "Sec-Fetch-Site: none")).toBe(200);
    for (const site of ["cross-site", "same-site"]) {
      expect(await status(`GET ${small} HTTP/1.1`, host(), `Sec-Fetch-Site: ${site}`)).toBe(403);
    }
    expect(await status(`GET ${small} HTTP/1.1`, "Host: evil.example")).toBe(421);
  });

  test("R-HTTP-1 R-BRIDGE-2: an upload needs its ticket in the header or our Origin, and never another's", async () => {
    const { file, put } = await offer(world, "origins", 10);
    const head = [host(), "Tus-Resumable: 1.0.0", "Content-Length: 0"];
    const request = `DELETE /files/${file} HTTP/1.1`;
    expect(await status(request, ...head)).toBe(403);
    expect(await status(request, ...head, `Pendopo-Ticket: ${put}`, "Origin: http://evil.example")).toBe(403);
    expect(await status(request, ...head, `Pendopo-Ticket: ${put}`, "Origin: null")).toBe(403);
    expect(await status(request, ...head, `Pendopo-Ticket: ${put}`, "Sec-Fetch-Site: cross-site")).toBe(403);
    expect(await status("POST /api/reset HTTP/1.1", ...head, `Pendopo-Ticket: ${put}`)).toBe(403);
    expect(await status("OPTIONS /files HTTP/1.1", host(), "Origin: http://evil.example")).toBe(403);
    expect(await status(request, ...head, `Pendopo-Ticket: ${put}`)).toBe(204);
  });

  test("A wrong method is told which ones there are, and what is not there is not found", async () => {
    const methods: [string, string, string][] = [
      ["PUT", "/files", "POST, OPTIONS"],
      ["GET", "/files", "POST, OPTIONS"],
      ["GET", `/files/${offered.file}`, "HEAD, PATCH, DELETE, OPTIONS"],
      ["PATCH", path, "GET, HEAD"],
      ["DELETE", path, "GET, HEAD"],
    ];
    for (const [method, address, allow] of methods) {
      const response = await get(door, address, { Origin: door.origin }, method);
      expect([method, response.status, response.headers.get("Allow")]).toEqual([method, 405, allow]);
    }
    for (const address of [
      "/files/a/b/c/d",
      "/filesystem",
      "/folders",
      "/folders/a/b/c",
      "/folders/a/b/other/c",
    ]) {
      expect([address, (await get(door, address)).status]).toEqual([address, 404]);
    }
  });
});

test("Without a server, and with one that cannot be reached, it says so", async () => {
  const { now } = door.program;
  door.program.now = { ...now, target: null };
  expect((await get(door, path)).status).toBe(503);
  door.program.now = { ...now, target: { host: "127.0.0.1", port: 1 } };
  const response = await get(door, path);
  door.program.now = now;
  expect([response.status, await response.text()]).toEqual([
    502,
    "Try again in a moment: the server cannot be reached\n",
  ]);
});
