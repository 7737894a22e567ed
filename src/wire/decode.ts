import * as v from "valibot";
import type { ClientFrame } from "./client-frames.ts";
import { clientFrames } from "./client-frames.ts";
import { Fault, Refusal } from "./errors.ts";
import type { TransferFrame } from "./file-frames.ts";
import { transferFrames } from "./file-frames.ts";
import { isPost } from "./post.ts";
import type { RelayFrame } from "./relay-frames.ts";
import { relayFrames } from "./relay-frames.ts";

/** A JSON object of any content. */
export type JsonObject = { [field: string]: unknown };

/**
 * Reads the JSON object of a line.
 *
 * @throws {Fault} "not-json" when it is anything else.
 */
export function parseLine(line: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Fault("not-json", "Send one JSON object a line: this line is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Fault("not-json", "Send one JSON object a line: this line is JSON of another kind");
  }
  return value as JsonObject;
}

/** The number of a request, wherever it is fit to be repeated in an answer. */
export function requestId(frame: JsonObject): number | undefined {
  return typeof frame.id === "number" && Number.isSafeInteger(frame.id) && frame.id >= 0
    ? frame.id
    : undefined;
}

/**
 * Checks a frame of a client.
 *
 * @throws {Refusal} "unknown-type" or "bad-frame", which names the field.
 */
export function checkClientFrame(frame: JsonObject): ClientFrame {
  if (isPost(frame)) return frame;
  const { type } = frame;
  if (typeof type !== "string" || !Object.hasOwn(clientFrames, type)) {
    throw new Refusal("unknown-type", `Send a frame of a known type: ${quoted(type)} is none`);
  }
  return checkFields(clientFrames[type as keyof typeof clientFrames], frame, type);
}

/** Whether a frame in place of the hello makes its connection one of transfers. */
export function isTransfer({ type }: JsonObject): boolean {
  return typeof type === "string" && Object.hasOwn(transferFrames, type);
}

/**
 * Checks a frame of a client on a transfer connection.
 *
 * @throws {Refusal} "unknown-type" or "bad-frame", which names the field.
 */
export function checkTransferFrame(frame: JsonObject): TransferFrame {
  const { type } = frame;
  if (typeof type !== "string" || !isTransfer(frame)) {
    throw new Refusal(
      "unknown-type",
      `Send one of ${Object.keys(transferFrames).join(", ")} on a transfer connection: ${quoted(type)} is none of them`,
    );
  }
  return checkFields(transferFrames[type as keyof typeof transferFrames], frame, type);
}

/**
 * Checks a frame of a relay.
 *
 * @returns undefined for a type that this version does not know, which a client is to ignore.
 * @throws {Refusal} "bad-frame" when its fields are not what they must be.
 */
export function checkRelayFrame(frame: JsonObject): RelayFrame | undefined {
  const { type } = frame;
  if (typeof type !== "string" || !Object.hasOwn(relayFrames, type)) return undefined;
  return checkFields(relayFrames[type as keyof typeof relayFrames], frame, type);
}

/**
 * Checks the fields of a frame by its schema.
 *
 * @throws {Refusal} "bad-frame", which names the first wrong field.
 */
export function checkFields<S extends v.GenericSchema>(
  schema: S,
  frame: JsonObject,
  type: string,
): v.InferOutput<S> {
  const checked = v.safeParse(schema, frame, { abortEarly: true });
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const field = v.getDotPath(issue) ?? "the frame";
  const received = secretFields.has(field) ? "something else" : clip(issue.received);
  throw new Refusal(
    "bad-frame",
    `Correct "${field}" of "${clip(type)}": expected ${issue.expected ?? "another value"}, got ${received}`,
  );
}

/** A secret with a slip in it is a secret all the same, and a sentence may be shown or written down anywhere. */
const secretFields = new Set(["key", "secret", "signature", "ticket", "code", "box"]);

function quoted(value: unknown): string {
  return typeof value === "string" ? `"${clip(value)}"` : "a frame without one";
}

/** Bad input comes back in the answer, but not at any length. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}...` : text;
}
