import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { reachableAddresses } from "../../src/program/addresses.ts";
import { dataDirectory, directoryId } from "../../src/program/directories.ts";

const xdg = process.env.XDG_DATA_HOME;
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "pendopo-directories-")));
});
afterEach(() => {
  if (xdg === undefined) delete process.env.XDG_DATA_HOME;
  else process.env.XDG_DATA_HOME = xdg;
  rmSync(folder, { recursive: true });
});

describe("The data directory", () => {
  test("that was given is taken, from where the program was started", () => {
    expect(dataDirectory("/srv/chat", "server")).toBe("/srv/chat");
    expect(dataDirectory("chat", "client")).toBe(join(process.cwd(), "chat"));
  });

  test.if(process.platform === "linux")("is that of XDG, one for hosting and one for joining", () => {
    process.env.XDG_DATA_HOME = "/srv/data";
    expect(dataDirectory(undefined, "server")).toBe("/srv/data/pendopo/server");
    expect(dataDirectory(undefined, "client")).toBe("/srv/data/pendopo/client");
  });

  test.if(process.platform === "linux")("is below home when XDG names none, or none that counts", () => {
    for (const value of [undefined, "", "relative/path"]) {
      delete process.env.XDG_DATA_HOME;
      if (value !== undefined) process.env.XDG_DATA_HOME = value;
      expect(dataDirectory(undefined, "server")).toBe(join(homedir(), ".local/share/pendopo/server"));
    }
  });
});

describe("What stands for a directory", () => {
  test("tells it from others, by whatever path it is reached, and nothing of the path", () => {
    const data = join(folder, "data");
    const link = join(folder, "link");
    symlinkSync(data, link);
    const before = directoryId(data);
    mkdirSync(data);
    expect(directoryId(data)).toBe(before);
    expect(directoryId(link)).toBe(before);
    expect(directoryId(join(link, "below"))).toBe(directoryId(join(data, "below")));
    expect(directoryId(folder)).not.toBe(before);
    expect(before).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe("The addresses under which others reach this machine", () => {
  test("are the one on which the relay listens, when it is one", () => {
    expect(reachableAddresses("192.168.1.5")).toEqual(["192.168.1.5"]);
    expect(reachableAddresses("127.0.0.1")).toEqual(["127.0.0.1"]);
  });

  test("are those of its networks otherwise, IPv4 first, each once, none of its own alone", () => {
    const v4 = reachableAddresses("0.0.0.0");
    const all = reachableAddresses("::");
    expect(all.slice(0, v4.length)).toEqual(v4);
    expect(new Set(all).size).toBe(all.length);
    for (const address of all) expect(address).not.toMatch(/^(127\.|169\.254\.|::1$|fe[89ab])/);
    for (const address of v4) expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });
});
