import type { ReadonlySignal } from "@preact/signals";
import { batch, effect, signal } from "@preact/signals";
import type { ClientFrames } from "../../wire/client-frames.ts";
import type { CloseReason } from "../../wire/closes.ts";
import { closeReason } from "../../wire/closes.ts";
import { checkRelayFrame, parseLine } from "../../wire/decode.ts";
import { Refusal } from "../../wire/errors.ts";
import { limits } from "../../wire/limits.ts";
import { LineSplitter } from "../../wire/lines.ts";
import type { Challenge } from "../../wire/prelude.ts";
import type { RelayFrame, RelayFrames } from "../../wire/relay-frames.ts";
import { encodeFrame } from "../../wire/relay-frames.ts";
import type { Deps, SocketLike } from "./deps.ts";

/** How the page stands with the server, and which hop failed. */
export type ConnectionState =
  /** Nobody has entered yet. */
  | { state: "idle" }
  | { state: "connecting" }
  | { state: "online" }
  | { state: "waiting"; hop: "program" | "server" | "network"; retryAt: number; reason: CloseReason | null }
  /** It will not go on by itself. */
  | { state: "refused"; code: string; message: string };

/** What a view has of the connection. */
export type Connection = {
  state: ReadonlySignal<ConnectionState>;
  retryNow(): void;
};

/** A frame that is answered under its id, before the connection gives it one. */
type Request = { [T in RequestType]: Omit<ClientFrames[T], "id"> }[RequestType];
type RequestType =
  | "join"
  | "leave"
  | "history"
  | "rename"
  | "host"
  | "free"
  | "carry"
  | "ticket"
  | "cancel"
  | "direct"
  | "lobby"
  | "about"
  | "rekey"
  | "remove"
  | "admit"
  | "delete";

/** What the other models have of the connection. */
export type Link = Connection & {
  /** Connects, and connects again whenever it breaks, until stop. */
  start(): void;
  stop(): void;
  /** Sends a frame that has no answer of its own; false when nobody is there to take it. */
  send(frame: ClientFrames["post" | "offer" | "typing" | "ping"]): boolean;
  /**
   * Sends a request.
   *
   * @param answered  Called once, before any frame after the answer is handled; null: the connection broke.
   */
  request(frame: Request, answered: (answer: RelayFrame | null) => void): void;
};

/** What the connection tells; frames that came together are told within one batch, and then `settled`. */
export type LinkEvents = {
  /** The hello that answers a challenge; null when nobody wants to enter yet, and the connection rests. */
  hello(challenge: Challenge): Promise<ClientFrames["hello"] | null>;
  /** The relay did not take the hello; the connection rests. */
  refused(error: RelayFrames["error"]): void;
  welcome(frame: RelayFrames["welcome"]): void;
  frame(frame: RelayFrame): void;
  settled(): void;
  down(): void;
  /** Asks the program that serves this page; false when it does not answer. */
  askBridge(): Promise<boolean>;
};

const retryMsMin = 500;
const retryMsMax = 15_000;
/** Online for this long, the next failure is a first one again. */
const steadyMs = 5_000;
const openMsMax = 10_000;
const watchEveryMs = 5_000;
/** How often it looks, unseen, whether another certificate than the known one is still there. */
const lookAgainMs = 30_000;

export function createConnection(deps: Deps, events: LinkEvents): Link {
  const state = signal<ConnectionState>({ state: "idle" });
  const pending = new Map<number, (answer: RelayFrame | null) => void>();
  let isWanted = false;
  let socket: SocketLike | null = null;
  let lastId = 0;
  let failures = 0;
  let heardAt = 0;
  let onlineAt = 0;
  let isChallenged = false;
  let fault: RelayFrames["error"] | null = null;
  let cancelRetry = () => {};
  /** Whether what the connection was refused for may pass by itself. */
  let mayPass = false;
  let cancelWatch = () => {};

  function open(): void {
    cancelRetry();
    state.value = { state: "connecting" };
    connect();
  }

  /** Tries again without showing it: somebody may be comparing fingerprints. */
  function lookAgain(): void {
    cancelRetry();
    connect();
  }

  function connect(): void {
    fault = null;
    isChallenged = false;
    heardAt = deps.now();
    const splitter = new LineSplitter();
    const opened = deps.openSocket();
    socket = opened;
    opened.onclose = ({ code }) => {
      if (socket === opened) closed(code);
    };
    opened.onmessage = ({ data }) => {
      if (socket !== opened || !(data instanceof ArrayBuffer)) return;
      heardAt = deps.now();
      batch(() => {
        try {
          // A line may end the connection, and those after it must not be heard then.
          splitter.push(new Uint8Array(data), (line) => socket === opened && take(line));
        } catch (error) {
          // The stream cannot be read any further; a new one can.
          console.error("Cannot read what the relay sent", error);
          drop();
          closed(0);
        }
        events.settled();
      });
    };
    watch();
  }

  function take(line: string): void {
    const frame = check(line);
    if (frame?.type === "ping") write({ type: "pong" });
    else if (frame?.type === "challenge") void answer(frame);
    else if (frame && frame.type !== "pong") pass(frame);
  }

  function pass(frame: RelayFrame): void {
    if (frame.type === "error" && frame.closes) fault = frame;
    const id = "id" in frame ? frame.id : undefined;
    const answered = id === undefined ? undefined : pending.get(id);
    if (id !== undefined && answered) {
      pending.delete(id);
      answered(frame);
    } else if (state.peek().state === "online") {
      events.frame(frame);
    } else {
      handshake(frame);
    }
  }

  async function answer(challenge: Challenge): Promise<void> {
    isChallenged = true;
    const answered = socket;
    const hello = await events.hello(challenge);
    // Signing takes its time: the connection may be another one by now.
    if (socket !== answered) return;
    if (hello) return write({ ...hello, id: nextId() });
    rest();
  }

  function handshake(frame: RelayFrame): void {
    if (frame.type === "welcome") {
      onlineAt = deps.now();
      state.value = { state: "online" };
      events.welcome(frame);
    } else if (frame.type === "error" && !frame.closes) {
      rest();
      events.refused(frame);
    }
  }

  /** Without a name there is nothing to say, and the relay would not wait: the next start connects anew. */
  function rest(): void {
    const wasOnline = state.peek().state === "online";
    isWanted = false;
    drop();
    state.value = { state: "idle" };
    giveUpRequests();
    if (wasOnline) events.down();
  }

  function closed(code: number): void {
    drop();
    if (onlineAt > 0 && deps.now() - onlineAt >= steadyMs) failures = 0;
    onlineAt = 0;
    batch(() => {
      const reason = closeReason(code) ?? null;
      mayPass = reason === "fingerprint-changed";
      // Whatever the code, known here or not: what is never to be tried again as it stands does not pass by waiting.
      if (mayPass || fault?.retryMs === null) {
        // Somebody else may have taken the server's place for a while, or the person may trust it in another tab.
        if (mayPass) cancelRetry = deps.setTimer(lookAgainMs * (0.5 + jitter()), lookAgain);
        state.value = {
          state: "refused",
          code: fault?.code ?? code.toString(),
          message: fault?.message ?? "",
        };
      } else {
        wait(reason);
      }
      giveUpRequests();
      events.down();
    });
    void askWhichHop();
  }

  function giveUpRequests(): void {
    const asked = [...pending.values()];
    pending.clear();
    for (const answered of asked) answered(null);
  }

  function wait(reason: CloseReason | null): void {
    // Full jitter, so that a thousand pages do not come back in step after a restart.
    const most = Math.min(retryMsMax, retryMsMin * 2 ** failures);
    const delay = Math.max(fault?.retryMs ?? 0, Math.round(most * jitter()), 100);
    failures += 1;
    const hop = reason !== null && reason !== "going-away" ? "server" : "program";
    state.value = { state: "waiting", hop, retryAt: deps.now() + delay, reason };
    cancelRetry = deps.setTimer(delay, open);
  }

  function jitter(): number {
    const [high = 0, low = 0] = deps.random(2);
    return (high * 256 + low) / 65_536;
  }

  /** A close code cannot tell a program that has gone from one that was cut off; asking it can. */
  async function askWhichHop(): Promise<void> {
    const isUp = await events.askBridge();
    const now = state.peek();
    if (now.state !== "waiting") return;
    const lost = deps.isLocal || deps.isOnline() ? "program" : "network";
    const hop = isUp ? "server" : lost;
    if (now.hop !== hop) state.value = { ...now, hop };
  }

  function drop(): void {
    cancelRetry();
    cancelWatch();
    const dropped = socket;
    socket = null;
    dropped?.close();
  }

  /** A hop that is gone without a word keeps its socket open: the relay is never silent for so long. */
  function watch(): void {
    cancelWatch = deps.setTimer(watchEveryMs, () => {
      if (deps.now() - heardAt > (isChallenged ? limits.silenceMsMax : openMsMax)) return closed(0);
      watch();
    });
  }

  /** After a sleep the sockets look open; a ping finds out before the watch does. */
  function probe(): void {
    if (deps.now() - heardAt < limits.pingAfterMs + watchEveryMs) return;
    const probed = socket;
    const askedAt = deps.now();
    write({ type: "ping" });
    deps.setTimer(watchEveryMs, () => {
      if (socket === probed && heardAt < askedAt) closed(0);
    });
  }

  function write(frame: object): void {
    socket?.send(encodeFrame(frame));
  }

  function nextId(): number {
    lastId += 1;
    return lastId;
  }

  function retryNow(): void {
    const { state: now } = state.peek();
    if (now !== "waiting" && now !== "refused") return;
    failures = 0;
    open();
  }

  function comeBack(): void {
    const { state: now } = state.peek();
    if (now === "waiting") retryNow();
    if (now === "refused" && mayPass) lookAgain();
  }

  deps.onOnline(comeBack);
  effect(() => {
    if (!deps.isVisible.value) return;
    comeBack();
    if (state.peek().state === "online") probe();
  });

  return {
    state,
    retryNow,
    start() {
      if (isWanted) return;
      isWanted = true;
      failures = 0;
      open();
    },
    stop: rest,
    send(frame) {
      if (state.peek().state !== "online") return false;
      write(frame);
      return true;
    },
    request(frame, answered) {
      if (state.peek().state !== "online") return answered(null);
      const id = nextId();
      pending.set(id, answered);
      write({ ...frame, id });
    },
  };
}

function check(line: string): RelayFrame | undefined {
  try {
    return checkRelayFrame(parseLine(line));
  } catch (error) {
    // A relay of another version may send what we cannot read; what follows may still be good.
    if (!(error instanceof Refusal)) throw error;
    console.warn("Cannot read a frame of the relay", error.message);
    return undefined;
  }
}
