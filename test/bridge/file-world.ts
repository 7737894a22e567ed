import { createHash } from "node:crypto";
import type { BridgeOptions } from "../../src/bridge/bridge.ts";
import { type FileServer, Person, startFileServer } from "../relay/file-client.ts";
import { type Door, openDoor } from "./door.ts";

/** A real relay, a bridge to it, between which there is TLS as ever, and two people in a room. */
export type FileWorld = {
  server: FileServer;
  door: Door;
  ada: Person;
  budi: Person;
  [Symbol.asyncDispose](): Promise<void>;
};

export const room = "lobby";

export async function openWorld(
  options: { server?: Parameters<typeof startFileServer>[0]; door?: Partial<BridgeOptions> } = {},
): Promise<FileWorld> {
  const server = await startFileServer(options.server);
  const door = openDoor({ host: "127.0.0.1", port: server.port }, options.door);
  const ada = await Person.come(server.port, "Ada");
  const budi = await Person.come(server.port, "Budi");
  await ada.join(room);
  await budi.join(room);
  const close = async () => {
    await door.stop(0);
    await server.stop();
  };
  return { server, door, ada, budi, [Symbol.asyncDispose]: close };
}

/** An offered file, and the ticket to put it. */
export type Offered = { file: string; put: string };

export async function offer({ ada }: FileWorld, name: string, size: number, more?: object): Promise<Offered> {
  const { file } = await ada.offer(room, name, size, more);
  return { file, put: await ada.ticket(room, file, "put") };
}

/** A request of tus. */
export function tus(
  door: Door,
  method: string,
  path: string,
  ticket: string | undefined,
  headers: Record<string, string> = {},
  body?: BodyInit,
): Promise<Response> {
  return fetch(`http://localhost:${door.port}${path}`, {
    method,
    headers: {
      "Tus-Resumable": "1.0.0",
      ...(ticket === undefined ? {} : { "Pendopo-Ticket": ticket }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

export function patch(
  door: Door,
  { file, put }: Offered,
  offset: number,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Response> {
  const more = {
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
    ...headers,
  };
  return tus(door, "PATCH", `/files/${file}`, put, more, body);
}

export function head(door: Door, { file, put }: Offered): Promise<Response> {
  return tus(door, "HEAD", `/files/${file}`, put);
}

/** A whole file on the relay, put through the bridge. */
export async function upload(
  world: FileWorld,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  more?: object,
): Promise<Offered> {
  const offered = await offer(world, name, bytes.length, more);
  const response =
    bytes.length === 0 ? await head(world.door, offered) : await patch(world.door, offered, 0, bytes);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return offered;
}

/** GET, as curl does it: no Origin. */
export function get(
  { port }: Door,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Response> {
  return fetch(`http://localhost:${port}${path}`, { headers, method });
}

export async function pathOf(
  { budi }: FileWorld,
  { file }: Offered,
  action: "get" | "view" = "get",
  name = "x",
): Promise<string> {
  return `/files/${await budi.ticket(room, file, action)}/${file}/${encodeURIComponent(name)}`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Bytes that repeat nowhere within what a buffer on the way may hold. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
