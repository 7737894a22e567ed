import type { Member } from "../room/member.ts";
import type { ClientFrames } from "../wire/client-frames.ts";
import { checkClientFrame, checkFields, isTransfer, type JsonObject } from "../wire/decode.ts";
import { Fault, Refusal } from "../wire/errors.ts";
import { limits, wireVersion } from "../wire/limits.ts";
import { type Challenge, type PreludeAnswer, preludeSchema } from "../wire/prelude.ts";
import type { Common } from "./common.ts";
import type { Outbox } from "./outbox.ts";
import { isAnswer } from "./signature.ts";

/** Where a handshake hands its connection over. */
export interface Handover {
  /** It is one of transfers, as its first frame says. */
  toTransfer(frame: JsonObject): void;
  /** TLS begins, now that the answer is sent; what follows inside it is another session. */
  toTls(): void;
}

/** Somebody whose hello was accepted; whoever has it lets go of it: see `Members.exit`. */
export type Entered = { member: Member; key: string; helloId: number | undefined };

type State =
  | { state: "prelude" }
  | { state: "challenged"; challenge: Challenge }
  /** The connection is somebody else's now: what still comes is nothing. */
  | { state: "left" };

/** What stands before a member's first frame: the prelude, the challenge, the hello. */
export class Handshake {
  #state: State = { state: "prelude" };
  #takesWrong = 0;
  #hellos = 0;

  constructor(
    private readonly common: Common,
    private readonly outbox: Outbox,
    private readonly handover: Handover,
  ) {}

  /**
   * Begins behind the prelude: asks who is there.
   *
   * @param fingerprint  Of the certificate of this connection; null where it is plain.
   */
  challenge(fingerprint: string | null): void {
    const nonce = crypto.getRandomValues(Buffer.alloc(32)).toString("base64url");
    const challenge: Challenge = { type: "challenge", nonce, server: this.common.serverId, fingerprint };
    this.outbox.send(challenge);
    this.#state = { state: "challenged", challenge };
  }

  /**
   * Takes a frame.
   *
   * @returns  Who it is, behind a hello that is accepted.
   * @throws {Fault} "handshake-expected", "version-unsupported", "signature-wrong", "hello-tries" or "take-tries".
   * @throws {Refusal} "carry-gone", or what `Members.enter` says of the name.
   */
  take(frame: JsonObject): Promise<Entered | undefined> | undefined {
    const state = this.#state;
    switch (state.state) {
      case "prelude":
        this.#prelude(frame);
        return undefined;
      case "challenged":
        if (isTransfer(frame)) {
          this.#state = { state: "left" };
          this.handover.toTransfer(frame);
          return undefined;
        }
        return frame.type === "take" ? this.#take(frame) : this.#hello(frame, state.challenge);
      case "left":
        return undefined;
    }
  }

  #prelude(frame: JsonObject): void {
    if (frame.type !== "prelude") {
      throw new Fault(
        "handshake-expected",
        'Begin with a frame of type "prelude": nothing else is taken before it',
      );
    }
    const { versions, transport: proposed } = checkHandshake(() =>
      checkFields(preludeSchema, frame, "prelude"),
    );
    if (!versions.includes(wireVersion)) {
      throw new Fault(
        "version-unsupported",
        `Use version ${wireVersion} of the wire: the relay speaks no other`,
      );
    }
    const { serverId, program, fingerprint = null } = this.common;
    const transport = fingerprint === null ? "plain" : proposed;
    const answer: PreludeAnswer = {
      type: "prelude",
      version: wireVersion,
      transport,
      server: serverId,
      fingerprint,
      program,
    };
    this.outbox.send(answer);
    if (transport === "plain") {
      this.challenge(null);
      return;
    }
    this.#state = { state: "left" };
    this.handover.toTls();
  }

  async #hello(frame: JsonObject, challenge: Challenge): Promise<Entered> {
    if (frame.type !== "hello") {
      throw new Fault(
        "handshake-expected",
        'Send a frame of type "hello" first: the challenge is not answered yet',
      );
    }
    this.#hellos += 1;
    if (this.#hellos > limits.hellosMax) {
      throw new Fault(
        "hello-tries",
        "Ask the person for a name: too many hellos of this connection were refused",
      );
    }
    const hello = checkHandshake(() => checkClientFrame(frame)) as ClientFrames["hello"];
    if (!isAnswer(challenge, hello.key, hello.signature)) {
      throw new Fault(
        "signature-wrong",
        "Sign the challenge of this connection with the key of this hello: the signature is of something else",
      );
    }
    const { key, name, keepsName } = hello;
    return { member: await this.common.members.enter(key, name, keepsName), key, helloId: hello.id };
  }

  /** Gives a box out to somebody who is nobody yet: what is in it is who they will be. */
  async #take(frame: JsonObject): Promise<undefined> {
    const { carries, rooms } = this.common;
    const { id, code } = checkHandshake(() => checkClientFrame(frame)) as ClientFrames["take"];
    const taken = carries.take(code);
    if (taken !== undefined) {
      this.outbox.send({ type: "box", ...(id === undefined ? {} : { id }), box: taken.box });
      rooms.directs.tell(taken.memberId, { type: "taken", code });
      return undefined;
    }
    this.#takesWrong += 1;
    if (this.#takesWrong > limits.takesWrongMax) {
      throw new Fault("take-tries", "Make another link: too many codes of this connection were wrong");
    }
    // Nobody finds 16 bytes by trying; nobody shall try fast, either.
    await new Promise((resolve) => setTimeout(resolve, limits.takeWrongMs));
    throw new Refusal(
      "carry-gone",
      "Make another link: this one was used, its time is over, or there is none like it",
    );
  }
}

/** Before the hello is accepted a frame with wrong fields is a fault: there is nobody yet to go on with. */
function checkHandshake<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Refusal ? new Fault("handshake-expected", error.message) : error;
  }
}
