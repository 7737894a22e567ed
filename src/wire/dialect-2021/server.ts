import { PassedBody } from "./body.ts";
import { ChatReader } from "./chat.ts";
import type { ChatEvent } from "./chat-event.ts";
import { createdWord, welcomeWord } from "./words.ts";

/** What a 2021 server sends. */
export type ServerEvent =
  /** The answer to the login. */
  | { is: "in"; isNew: boolean }
  /** A text of another member; without a name, what the server said itself or nobody can tell. */
  | { is: "text"; name: string | undefined; text: string }
  | Exclude<ChatEvent, { is: "text" }>;

/** Reads what a 2021 server sends to a client, from the answer to its login on. */
export class ServerReader {
  readonly #chat: ChatReader;
  readonly #users = new Set<string>();
  #isIn = false;
  /** Of the answer, when it was cut on its way. */
  #answerStart = "";

  /** @param emit  Takes the events, in order. */
  constructor(private readonly emit: (event: ServerEvent) => void) {
    const take = (event: ChatEvent) => (event.is === "text" ? this.#text(event.text) : emit(event));
    this.#chat = new ChatReader(
      take,
      false,
      (header) => new PassedBody(take, header, (name) => this.#users.has(name)),
    );
  }

  /** When `settle` is to be called, if nothing comes before. */
  get settleAt(): number | undefined {
    return this.#chat.settleAt;
  }

  /**
   * Takes a read.
   *
   * @param at  When it came: milliseconds of a clock that never goes back.
   */
  push(bytes: Uint8Array, at: number): void {
    this.#chat.push(bytes, at);
  }

  /** Nothing has come for as long as was asked for. */
  settle(at: number): void {
    this.#chat.settle(at);
  }

  #text(message: string): void {
    const text = this.#isIn ? message : this.#answer(message);
    if (text === "") return;
    const [label = "", name] = /^\[([^\]]+)\] /.exec(text) ?? [];
    if (name !== undefined) this.#users.add(name);
    this.emit({ is: "text", name, text: text.slice(label.length) });
  }

  /** The first message is the answer, whatever ran together with it. */
  #answer(part: string): string {
    const message = this.#answerStart + part;
    const words = [createdWord, welcomeWord];
    if (words.some((word) => word !== message && word.startsWith(message))) {
      this.#answerStart = message;
      return "";
    }
    this.#isIn = true;
    for (const word of words) {
      if (!message.startsWith(word)) continue;
      this.emit({ is: "in", isNew: word === createdWord });
      return message.slice(word.length);
    }
    this.emit({ is: "in", isNew: false });
    return message;
  }
}
