import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatAddress, parseAddress } from "../../src/bridge/address.ts";

describe("An address that is read", () => {
  const good: [string, string, number][] = [
    ["192.168.1.5", "192.168.1.5", 12345],
    ["192.168.1.5:4000", "192.168.1.5", 4000],
    ["  ruang-guru.local  ", "ruang-guru.local", 12345],
    ["localhost:1", "localhost", 1],
    ["MacBook_2:65535", "macbook_2", 65535],
    ["müller.local", "müller.local", 12345],
    ["example.org.", "example.org.", 12345],
    ["::1", "::1", 12345],
    ["fe80::1%eth0", "fe80::1%eth0", 12345],
    ["[::1]", "::1", 12345],
    ["[fe80::1%eth0]:4000", "fe80::1%eth0", 4000],
    ["::ffff:192.168.1.5", "192.168.1.5", 12345],
    ["LOCALHOST", "localhost", 12345],
    ["MÜLLER.local", "müller.local", 12345],
    ["mu\u0308ller.local", "müller.local", 12345],
    ["0:0:0:0:0:0:0:1", "::1", 12345],
    ["[2001:DB8:0:0::0001]:80", "2001:db8::1", 80],
    ["::FFFF:c0a8:0105", "192.168.1.5", 12345],
    ["0:0::0:0:0.0.0.0", "::", 12345],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221", 12345],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 12345],
    ["FE80::0001%Eth0", "fe80::1%Eth0", 12345],
    ["0x7f.1", "127.0.0.1", 12345],
    ["xn--a", "xn--a", 12345],
    ["pendopo --connect 192.168.1.5:4000", "192.168.1.5", 4000],
    ["./pendopo --connect=host", "host", 12345],
    ["tcp://host:4000/", "host", 4000],
  ];
  for (const [raw, host, port] of good) {
    test(`"${raw}"`, () => {
      expect(parseAddress(raw)).toEqual({ ok: true, target: { host, port } });
    });
  }
});

describe("§21.2 An invite that is read", () => {
  const short = "k7qm-2hfa-6xwd-3tzp-b4ce";
  const good: [string, string, number][] = [
    [`192.168.1.5/${short}`, "192.168.1.5", 12345],
    [`192.168.1.5:4000/${short}`, "192.168.1.5", 4000],
    [`pendopo --connect 192.168.1.5/${short}`, "192.168.1.5", 12345],
    [`./pendopo --connect ruang.local:80/${short.toUpperCase()}/`, "ruang.local", 80],
    [`http://192.168.1.5/${short.replaceAll("-", "")}`, "192.168.1.5", 12345],
    [`fe80::1%eth0/${short}`, "fe80::1%eth0", 12345],
    [`[::1]:4000/${short}`, "::1", 4000],
  ];
  for (const [raw, host, port] of good) {
    test(`"${raw}"`, () => {
      expect(parseAddress(raw)).toEqual({ ok: true, target: { host, port }, fingerprint: short });
    });
  }
});

describe("An address that is refused", () => {
  const bad = [
    "",
    " ",
    ":",
    ":80",
    "host:",
    "host:0",
    "host:65536",
    "host:x",
    "host:-1",
    "host:1.5",
    "host:000080",
  ];
  bad.push(
    "1.2.3",
    "256.1.1.1",
    "1.2.3.4.5",
    "a b",
    "a/b",
    "a@b",
    "-a",
    "a..b",
    "[::1",
    "[]",
    "[::1]80",
    "[host]:1",
  );
  bad.push(
    "[1.2.3.4]",
    ":::",
    "fe80::1::2",
    "1:2:3",
    "host\n",
    "\u0000",
    `${"x".repeat(254)}`,
    "host?x",
    "host#x",
    "host/k7qm-2hfa-6xwd-3tzp",
    "host/k7qm-2hfa-6xwd-3tzp-b4ce-aaaa",
    "host/k7qm-2hfa-6xwd-3tzp-b4c1",
    "host//k7qm-2hfa-6xwd-3tzp-b4ce",
    "/k7qm-2hfa-6xwd-3tzp-b4ce",
  );
  for (const raw of bad.filter((raw) => raw !== "host\n")) {
    test(JSON.stringify(raw.slice(0, 20)), () => {
      const read = parseAddress(raw);
      expect(read.ok).toBe(false);
      if (!read.ok) expect(read.problem).toMatch(/^Type .*[^.]$/s);
    });
  }
});

test("What is written is read again as the same", () => {
  const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(hosts, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      const read = parseAddress(formatAddress({ host, port }));
      if (!read.ok) throw new Error(read.problem);
      expect(parseAddress(formatAddress(read.target))).toEqual(read);
      expect(parseAddress(formatAddress({ host: host.toUpperCase(), port }))).toEqual(read);
    }),
  );
});

test("No text makes it throw, and what it takes has no odd characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (raw) => {
      const read = parseAddress(raw);
      if (read.ok) expect(read.target.host).toMatch(/^[\p{L}\p{N}._:%-]+$/u);
    }),
  );
});
