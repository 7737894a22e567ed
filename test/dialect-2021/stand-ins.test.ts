import { afterAll, describe, expect, test } from "bun:test";
import { type Recording, recordings, said } from "../recordings/recordings.ts";
import { OldClient } from "./old-client.ts";
import { OldServer } from "./old-server.ts";
import { sleep } from "./patient-time.ts";

const servers: OldServer[] = [];
afterAll(() => {
  for (const server of servers) server.stop();
});

// A spoiled file is an accident of timing, and a recorded end says nothing about bytes.
const cases = Map.groupBy(recordings, (recording) => recording.case);
cases.delete("file_512_spoiled");

describe.concurrent("The stand-ins say to each other what the original programs said:", () => {
  for (const [name, connections] of cases) {
    test(name, async () => {
      const server = new OldServer();
      servers.push(server);
      const clients = new Map<string, OldClient>();
      for (const step of steps(connections)) {
        await sleep(name.startsWith("file") ? 130 : 30);
        const client = clients.get(step.who);
        if (step.do === "login") {
          clients.set(step.who, await OldClient.inRoom(server.port, step.who, step.room));
        } else if (step.do === "text") {
          client?.text(step.text);
        } else {
          await client?.file(step.name, step.bytes);
          await sleep(350 * connections.length);
        }
      }
      for (const connection of connections) {
        const client = clients.get(connection.who);
        // Who was killed hears no more.
        if (client === undefined || name.includes("killed")) continue;
        const bytes = Buffer.concat(said(connection, "server").map(({ bytes }) => bytes));
        const heard = () => Buffer.concat(client.heard.map((each) => each.bytes));
        await client.until(() => heard().length >= bytes.length);
        expect(heard().equals(bytes)).toBe(true);
      }
    });
  }
});

type Step = { who: string; at: number } & (
  | { do: "login"; room: string }
  | { do: "text"; text: string }
  | { do: "file"; name: string; bytes: Buffer }
);

/** What the people of a case did, in order. */
function steps(connections: readonly Recording[]): Step[] {
  return connections.flatMap((connection) => stepsOf(connection)).sort((a, b) => a.at - b.at);
}

function stepsOf(connection: Recording): Step[] {
  const { who } = connection;
  const [, room, ...rest] = said(connection, "client");
  const all: Step[] = [{ who, at: room!.at, do: "login", room: room!.bytes.toString() }];
  for (let i = 0; i < rest.length; i++) {
    const { at, bytes } = rest[i]!;
    if (bytes.toString() !== "FILE") {
      all.push({ who, at, do: "text", text: bytes.toString() });
      continue;
    }
    const [name, size] = [rest[i + 1]!.bytes.toString(), Number(rest[i + 2]!.bytes.toString())];
    i += 2;
    const parts: Buffer[] = [];
    for (let total = 0; total < size; total += rest[i]!.bytes.length) parts.push(rest[++i]!.bytes);
    all.push({ who, at, do: "file", name: name.replace("client_", ""), bytes: Buffer.concat(parts) });
  }
  return all;
}
