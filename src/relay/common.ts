import type { Files } from "../room/files.ts";
import type { Members } from "../room/members.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Carries } from "./carries.ts";
import type { FileRequests } from "./file-requests.ts";
import type { HostSecrets } from "./host-secrets.ts";
import type { RelayLog } from "./log.ts";

/** What the sessions of a relay have in common. */
export type Common = {
  rooms: Rooms;
  members: Members;
  serverId: string;
  hostSecrets: HostSecrets;
  /** Name and version of the program. */
  program: string;
  log: RelayLog;
  files: Files;
  fileRequests: FileRequests;
  carries: Carries;
  /** Of its certificate; absent where it has none, and speaks plain to everybody. */
  fingerprint?: string;
};
