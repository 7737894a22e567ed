import { afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DirectoryProblem } from "../../src/store/directory.ts";
import { SqliteKnownServers } from "../../src/store/known-servers.ts";

let root: string | undefined;
const open: SqliteKnownServers[] = [];
afterEach(() => {
  for (const servers of open.splice(0)) servers.close();
  if (root !== undefined) rmSync(root, { recursive: true });
  root = undefined;
});

function servers(): SqliteKnownServers {
  root ??= mkdtempSync(join(tmpdir(), "pendopo-known-"));
  const opened = new SqliteKnownServers(join(root, "client"));
  open.push(opened);
  return opened;
}

const school = { address: "192.0.2.1", server: "S", fingerprint: "F" };

test("Nothing is written before it is asked", () => {
  const known = servers();
  expect(existsSync(join(root!, "client"))).toBe(false);
  expect(known.find("192.0.2.1", "S")).toEqual([]);
  expect(existsSync(join(root!, "client", "known-servers.db"))).toBe(true);
});

test.skipIf(process.platform === "win32")("Whom one has met is nobody else's to read", () => {
  root = mkdtempSync(join(tmpdir(), "pendopo-known-"));
  const path = join(root, "client", "known-servers.db");
  mkdirSync(join(root, "client"), { mode: 0o755 });
  const before = process.umask(0o022);
  try {
    servers().remember(school);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    servers().remember(school);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(before);
  }
});

test("What was met is found by its address, and by its id, here first, also by another process", () => {
  const [one, other] = [servers(), servers()];
  const moved = { ...school, address: "192.0.2.0" };
  one.remember(school);
  other.remember(moved);
  expect(one.find("192.0.2.1", "S")).toEqual([school, moved]);
  expect(one.find("192.0.2.0", "S")).toEqual([moved, school]);
  expect(one.find("192.0.2.9", "S")).toHaveLength(2);
  expect(one.find("192.0.2.1", "other")).toEqual([school]);
  expect(one.find("192.0.2.9", "other")).toEqual([]);
});

test("A new certificate takes the place of the old one at its address, and nowhere else", () => {
  const known = servers();
  const elsewhere = { ...school, address: "192.0.2.2" };
  known.remember(school);
  known.remember(elsewhere);
  const next = { ...school, fingerprint: "G" };
  known.remember(next);
  expect(known.find("192.0.2.1", "S")).toEqual([next, elsewhere]);
  // Another server at the same address.
  const other = { ...school, server: "T", fingerprint: "H" };
  known.remember(other);
  expect(known.find("192.0.2.1", "S")).toEqual([other, elsewhere]);
});

test("What cannot be kept is a problem, each time", () => {
  const known = servers();
  writeFileSync(join(root!, "client"), "a file, where the directory should be");
  for (let i = 0; i < 2; i++) expect(() => known.find("192.0.2.1", "S")).toThrow(DirectoryProblem);
  expect(() => known.remember(school)).toThrow("cannot be kept");
});
