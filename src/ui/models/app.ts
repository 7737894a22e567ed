import type { ReadonlySignal } from "@preact/signals";
import { computed, effect, signal } from "@preact/signals";
import type { BridgeState } from "../../wire/bridge-state.ts";
import { serverId } from "../../wire/frame.ts";
import { createBridge } from "./bridge.ts";
import type { Carrying } from "./carrying.ts";
import { createCarrying } from "./carrying.ts";
import type { Connection, LinkEvents } from "./connection.ts";
import { createConnection } from "./connection.ts";
import type { Deps } from "./deps.ts";
import { createDevices } from "./devices.ts";
import { createIdentity } from "./identity.ts";
import { createKept, createServerKept } from "./kept.ts";
import type { Login } from "./login.ts";
import { createLogin } from "./login.ts";
import type { Me } from "./me.ts";
import { createMe } from "./me.ts";
import type { Notices } from "./notices.ts";
import { createNotices } from "./notices.ts";
import { createOutbox } from "./outbox.ts";
import { createPeople } from "./people.ts";
import type { Problem } from "./problem.ts";
import type { Rooms } from "./rooms.ts";
import { createRooms } from "./rooms.ts";
import type { Settings } from "./settings.ts";
import { createSettings } from "./settings.ts";
import type { Start } from "./start.ts";
import { createStart } from "./start.ts";
import type { Taking } from "./taking.ts";
import { createTaking } from "./taking.ts";
import { createTickets } from "./tickets.ts";
import { createUploads } from "./uploads.ts";

/** Everything that the views draw. */
export type App = {
  screen: ReadonlySignal<"loading" | "start" | "login" | "rooms">;
  bridge: ReadonlySignal<BridgeState | null>;
  start: Start;
  login: Login;
  connection: Connection;
  rooms: Rooms;
  me: Me;
  carrying: Carrying;
  taking: Taking;
  settings: Settings;
  notices: Notices;
  /** For the window: what is unread, where one is. */
  title: ReadonlySignal<string>;
  /** Back to the start page; only where the bridge can reset. */
  leaveServer(): Promise<void>;
  /** Speaks to the server although its certificate has changed; the one that `bridge` shows is meant. */
  acceptServer(): Promise<Problem | null>;
  stop(): void;
};

/** Composes the models and begins: asks the program that serves the page, and connects. */
export function createApp(deps: Deps): App {
  const kept = createKept(deps.storage);
  const tabKept = createKept(deps.tabStorage);
  const serverKept = createServerKept(kept);
  const serverTabKept = createServerKept(tabKept);
  const settings = createSettings(deps, kept);
  const notices = createNotices(deps);
  const bridge = createBridge(deps);
  const start = createStart(bridge, kept);
  const people = createPeople();
  const isOpened = signal(false);
  const hasFailed = signal(false);
  const mode = computed(() => bridge.state.value?.mode);
  const isLegacy = computed(() => bridge.state.value?.isLegacy === true);
  let opening: Promise<void> | null = null;

  const events: LinkEvents = {
    async hello(challenge) {
      if (serverKept.server() !== null && serverKept.server() !== challenge.server) {
        // Another server answers at this address now: nothing of what is here may reach it.
        deps.reload();
        return null;
      }
      await open(challenge.server);
      const wished = login.wishedName();
      const name = wished ?? (rooms.list.peek().length > 0 ? me.name.peek() : "");
      return name === "" ? null : identity.hello(challenge, name, wished !== null);
    },
    refused: (error) => login.refused(error),
    welcome(frame) {
      me.welcome(frame);
      rooms.welcome();
      login.welcome();
      void outbox.adopt();
      void uploads.adopt();
      // The addresses that others can come to may have changed with the network.
      void bridge.ask();
    },
    frame: (frame) => (frame.type === "taken" ? carrying.taken(frame.code) : rooms.frame(frame)),
    settled: () => rooms.settled(),
    down() {
      hasFailed.value = true;
      rooms.down();
      const server = bridge.state.peek()?.server?.id ?? kept.get(targetKey(bridge.state.peek()), serverId);
      if (server !== undefined) void open(server);
    },
    askBridge: bridge.ask,
  };
  const link = createConnection(deps, events);
  const identity = createIdentity(deps, serverKept);
  const devices = createDevices(deps, serverKept, tabKept);
  const outbox = createOutbox(deps, serverKept, devices, link);
  const uploads = createUploads({ deps, kept: serverKept, devices, link, outbox });
  const tickets = createTickets(deps, link);
  const me = createMe({ deps, kept: serverKept, link, people, notices });
  const rooms = createRooms(
    { deps, kept: serverKept, link, people, me, outbox, uploads, tickets, isLegacy },
    serverTabKept,
  );
  const login = createLogin({ link, me, rooms });
  const carrying = createCarrying({ deps, kept: serverKept, link, identity, me, rooms, notices });

  /** Brings back what was kept for a server: at its challenge, or before it when it cannot be reached. */
  function open(server: string): Promise<void> {
    opening ??= (async () => {
      serverKept.open(server);
      serverTabKept.open(server);
      kept.set(targetKey(bridge.state.peek()), server);
      if (!serverKept.set("seen", deps.now())) notices.add({ key: "notice.storage" });
      await outbox.open();
      uploads.open();
      me.open();
      rooms.open();
      login.open();
      isOpened.value = true;
    })();
    return opening;
  }

  const hasServer = computed(() => mode.value && mode.value !== "start");
  const taking = createTaking({ deps, kept: serverKept, identity, hasServer, open, stop: () => link.stop() });
  deps.onKept((key) => {
    // What this tab shows, and may still send, is somebody else's.
    if (key === `pendopo/${serverKept.server()}/key` && identity.isReplaced()) deps.reload();
  });

  // The start page needs no connection; hosting or joining from it does.
  const stopFollowing = effect(() => {
    if (mode.value === "start") link.stop();
    else if (mode.value !== undefined) link.start();
  });
  void bridge.ask().then((isUp) => {
    if (!isUp) link.start();
  });

  return {
    screen: computed(() => {
      if (mode.value === "start") return "start";
      if (rooms.current.value !== null && !login.isRefused.value) return "rooms";
      // A server that has never answered can still be told who wants to come in.
      return isOpened.value || hasFailed.value ? "login" : "loading";
    }),
    bridge: bridge.state,
    start,
    login,
    connection: link,
    rooms,
    me,
    carrying,
    taking,
    settings,
    notices,
    title: computed(() => {
      const unread = rooms.unreadTotal.value;
      const parts = [rooms.current.value?.name.value, "Pendopo"].filter((part) => part !== undefined);
      return (unread > 0 ? `(${unread}) ` : "") + parts.join(" \u00b7 ");
    }),
    async leaveServer() {
      // A page is about one server in its life.
      if ((await bridge.reset()) === null) deps.reload();
    },
    async acceptServer() {
      const problem = await bridge.accept(bridge.state.peek()?.change?.shown ?? "");
      if (problem === null) link.retryNow();
      return problem;
    },
    stop() {
      stopFollowing();
      link.stop();
    },
  };
}

/** Under what the id of a server is remembered while its address does not answer. */
function targetKey(state: BridgeState | null): string {
  const { host, port } = state?.target ?? { host: "", port: 0 };
  return `pendopo/target/${host}:${port}`;
}
