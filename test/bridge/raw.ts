/** A response as it stood on the wire. */
export type RawResponse = { status: number; headers: Headers; body: string };

/**
 * Sends bytes that no HTTP client would send.
 *
 * @returns The response, once it is whole or the bridge has ended the connection; null when it ended without one.
 */
export async function ask(
  port: number,
  request: string,
  hostname = "127.0.0.1",
): Promise<RawResponse | null> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  const socket = await Bun.connect({
    hostname,
    port,
    socket: {
      data(_, bytes) {
        text += bytes.toString("latin1");
        if (isWhole(text)) resolve(text);
      },
      close: () => resolve(text),
      error: (_, error) => resolve(String(error)),
    },
  });
  socket.write(request);
  const response = parse(await promise);
  socket.terminate();
  return response;
}

/** Writes a request: the lines given, and one that has the bridge end the connection. */
export function lines(...all: string[]): string {
  return `${[...all, "Connection: close"].join("\r\n")}\r\n\r\n`;
}

/** Writes the request for a WebSocket. */
export function upgrade(...headers: string[]): string {
  return `${[
    "GET /relay HTTP/1.1",
    ...headers,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ].join("\r\n")}\r\n\r\n`;
}

/** A refused upgrade leaves the connection open, and so does one that was granted. */
function isWhole(text: string): boolean {
  const response = parse(text);
  if (response === null) return false;
  return (
    response.status === 101 || response.body.length === Number(response.headers.get("Content-Length") ?? -1)
  );
}

function parse(text: string): RawResponse | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...rest] = text.slice(0, end).split("\r\n");
  const headers = new Headers();
  for (const line of rest)
    headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim());
  return { status: Number(first.split(" ")[1]), headers, body: text.slice(end + 4) };
}
