import { ChatReader } from "../../../src/wire/dialect-2021/chat.ts";
import type { ChatEvent } from "../../../src/wire/dialect-2021/chat-event.ts";
import { LoginReader } from "../../../src/wire/dialect-2021/login.ts";

/** A read, and the pause before it in ms. */
export type Read = [pauseMs: number, bytes: Uint8Array | string];

/** What was understood: a login, texts, files with their bytes. */
export type Understood =
  | { login: [user: string, room: string] }
  | { noise: true }
  | { text: string }
  | { garbled: true }
  | { file: string; bytes: Buffer };

/** Reads what a client sends as the relay does, on a clock of its own: `settle` comes when it was asked for. */
export function understood(reads: readonly Read[], { login = true } = {}): Understood[] {
  const all: Understood[] = [];
  let file: { name: string; parts: Buffer[]; size: number } | undefined;
  const take = (event: ChatEvent) => {
    switch (event.is) {
      case "text":
        all.push({ text: event.text });
        return;
      case "garbled":
        all.push({ garbled: true });
        return;
      case "file":
        file = { name: event.name, parts: [], size: event.size };
        return;
      case "bytes":
        file?.parts.push(Buffer.from(event.bytes));
        return;
      case "end": {
        const bytes = Buffer.concat(file?.parts ?? []);
        if (bytes.length !== file?.size) throw new Error("The file ended before its end");
        all.push({ file: file.name, bytes });
        file = undefined;
        return;
      }
    }
  };
  let now = 0;
  let loginReader: LoginReader | undefined = login ? new LoginReader() : undefined;
  let chat = new ChatReader(take, false);
  const decide = (outcome: ReturnType<LoginReader["push"]>) => {
    if (outcome === undefined) return;
    loginReader = undefined;
    if (outcome.is === "noise") {
      all.push({ noise: true });
      return;
    }
    all.push({ login: [outcome.user, outcome.room] });
    chat = new ChatReader(take, outcome.byLines);
    if (outcome.rest.length > 0) chat.push(outcome.rest, now);
  };
  const pass = (until: number) => {
    for (;;) {
      const settleAt = loginReader ? loginReader.settleAt : chat.settleAt;
      if (settleAt === undefined || settleAt > until) break;
      now = settleAt;
      if (loginReader) decide(loginReader.settle(now));
      else chat.settle(now);
    }
    now = until;
  };
  for (const [pauseMs, bytes] of reads) {
    pass(now + pauseMs);
    const read = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    if (loginReader) decide(loginReader.push(read, now));
    else chat.push(read, now);
  }
  pass(now + 60_000);
  return all;
}
