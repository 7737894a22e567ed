import { describe, expect, test } from "bun:test";
import { check } from "./house.ts";

describe("The house", () => {
  for (const path of Array.from(new Bun.Glob("src/**/*.{ts,tsx,js,mjs}").scanSync(".")).sort()) {
    test(`${path} keeps the rule`, async () => {
      expect(check(path, await Bun.file(path).text())).toEqual([]);
    });
  }
});

describe("The checker lets through", () => {
  const allowed: [path: string, source: string][] = [
    ["src/wire/frame.ts", 'import * as v from "valibot"; import { LINE } from "./limits.ts";'],
    [
      "src/wire/frame.ts",
      "// import x from '../room/log.ts'\n/* Bun.serve, window */ const text = \"import './../room/log.ts' document\";",
    ],
    [
      "src/wire/frame.ts",
      "const a = /[\"'`]/; const b = `${a ? `import('../room/x.ts')` : 1} Bun`; const c = 4 / 2 / 1;",
    ],
    [
      "src/wire/frame.ts",
      "const limits = { window: 5, process: 1 }; limits.window; type L = { document?: number; Bun: 1 };",
    ],
    ["src/room/log.ts", 'import type { Entry } from "../wire/entry.ts";'],
    ["src/ui/main.ts", 'import { render } from "preact"; import "./styles/order.css"; document.title = "";'],
    [
      "src/ui/main.ts",
      'const late = await import("./views/room.ts"); export type { Entry } from "../wire/entry.ts";',
    ],
    [
      "src/store/sqlite.ts",
      'import { Database } from "bun:sqlite"; import type { Store } from "../room/store.ts"; Bun.hash("");',
    ],
    [
      "src/relay/door.ts",
      'import net from "node:net"; import { Log } from "../room/log.ts"; import "../wire/x.ts";',
    ],
    ["src/bridge/door.ts", "new Worker(new URL('./hash.worker.ts', import.meta.url)); new URL('/x', base);"],
    [
      "src/main.ts",
      'import { a } from "./relay/door.ts"; import { version } from "../package.json"; import "./ui/x.ts";',
    ],
  ];
  for (const [path, source] of allowed) {
    test(`${path}: ${source}`, () => {
      expect(check(path, source)).toEqual([]);
    });
  }
});

describe("The checker finds", () => {
  const forbidden: [path: string, source: string, breach: string][] = [
    ["src/wire/frame.ts", 'import { Log } from "../room/log.ts";', "wire may import nothing of ours"],
    ["src/wire/frame.ts", 'import type { Log } from "../room/log.ts";', "../room/log.ts"],
    ["src/wire/frame.ts", 'import { type Log } from "../room/log.ts";', "../room/log.ts"],
    ["src/wire/frame.ts", 'export * from "../room/log.ts";', "../room/log.ts"],
    ["src/wire/frame.ts", 'export type { Log } from "../room/log.ts";', "../room/log.ts"],
    ["src/wire/frame.ts", 'import "../room/log.ts";', "../room/log.ts"],
    ["src/wire/frame.ts", 'const log = await import("../room/log.ts");', "../room/log.ts"],
    ["src/wire/frame.ts", "const log = await import(`../room/log.ts`);", "../room/log.ts"],
    ["src/wire/frame.ts", 'let log: import("../room/log.ts").Log;', "../room/log.ts"],
    ["src/wire/frame.ts", 'const log = require("../room/log.ts");', "../room/log.ts"],
    ["src/wire/frame.ts", 'import log = require("../room/log.ts");', "../room/log.ts"],
    [
      "src/wire/frame.ts",
      'import {\n  a,\n  b,\n} /* all */ from // here\n "../room/log.ts";',
      "../room/log.ts",
    ],
    [
      "src/wire/frame.ts",
      'const re = /[/"]/; const t = `${"}"}`; import("../room/log.ts");',
      "../room/log.ts",
    ],
    ["src/wire/frame.ts", 'import { readFile } from "node:fs/promises";', "node:fs/promises"],
    ["src/wire/frame.ts", 'import { test } from "bun:test";', "bun:test"],
    ["src/wire/frame.ts", "export const hash = Bun.hash(text);", "names Bun"],
    ["src/wire/frame.ts", "const at = globalThis ?? window;", "names window"],
    ["src/wire/frame.ts", "const text = `${document.title}`;", "names document"],
    ["src/wire/deep/down/frame.ts", 'import "../../../room/log.ts";', "../../../room/log.ts"],
    ["src/room/log.ts", 'import { Database } from "bun:sqlite";', "bun:sqlite"],
    ["src/room/log.ts", 'import type { Socket } from "node:net";', "node:net"],
    ["src/room/log.ts", "Bun.sleepSync(1);", "names Bun"],
    ["src/room/log.ts", 'import { Store } from "../store/store.ts";', "room may import wire"],
    ["src/ui/main.ts", 'import { Log } from "../room/log.ts";', "ui may import wire"],
    ["src/ui/main.ts", 'import { join } from "node:path";', "node:path"],
    ["src/store/sqlite.ts", 'import { Door } from "../relay/door.ts";', "store may import room and wire"],
    ["src/relay/door.ts", 'import { Assets } from "../bridge/assets.ts";', "relay may import room and wire"],
    ["src/relay/door.ts", 'import { Sql } from "../store/sqlite.ts";', "../store/sqlite.ts"],
    ["src/bridge/door.ts", 'import { Relay } from "../relay/door.ts";', "bridge may import room and wire"],
    [
      "src/bridge/door.ts",
      'new Worker(new URL("../relay/x.worker.ts", import.meta.url));',
      "../relay/x.worker.ts",
    ],
    ["src/bridge/door.ts", 'import { main } from "../main.ts";', "nobody imports main.ts"],
    ["src/bridge/door.ts", 'import { name } from "../../package.json";', "outside of src"],
    ["src/bridge/door.ts", 'import { ask } from "../../test/bridge/ask.ts";', "outside of src"],
    ["src/main.ts", 'import { build } from "../tools/build.ts";', "outside of src"],
    ["src/helpers.ts", "", "in no room of the house"],
    ["src/utils/text.ts", "", "in no room of the house"],
  ];
  for (const [path, source, breach] of forbidden) {
    test(`${path}: ${source}`, () => {
      const breaches = check(path, source);
      expect(breaches).toHaveLength(1);
      expect(breaches[0]).toContain(breach);
    });
  }
});
