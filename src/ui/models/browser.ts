import { signal } from "@preact/signals";
import type { Deps, LocksLike, SocketLike, StorageLike } from "./deps.ts";
import { handleStore } from "./handles.ts";
import { putFile } from "./tus.ts";

/** The models' dependencies in a real browser: with handles.ts, picking.ts and tus.ts all that knows one. */
export function browserDeps(): Deps {
  const isVisible = signal(!document.hidden);
  document.addEventListener("visibilitychange", () => {
    isVisible.value = !document.hidden;
  });
  return {
    storage: storage("localStorage"),
    tabStorage: storage("sessionStorage"),
    // Absent on pages that came by plain http from another machine, whatever the types say.
    locks: (navigator.locks as LocksLike | undefined) ?? null,
    openSocket,
    fetch: (path, init) => fetch(path, init),
    putFile,
    handles: handleStore,
    now: () => Date.now(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    setTimer(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    languages: navigator.languages,
    isLocal: location.hostname === "localhost",
    isOnline: () => navigator.onLine,
    isVisible,
    onOnline: (run) => addEventListener("online", run),
    onLeave(run) {
      addEventListener("pagehide", () => run(true));
      addEventListener("pageshow", () => run(false));
    },
    hash: () => location.hash,
    setHash: (hash) => history.replaceState(history.state, "", location.pathname + location.search + hash),
    onHash: (run) => addEventListener("hashchange", run),
    origin: location.origin,
    onKept: (run) => window.addEventListener("storage", ({ key }) => key !== null && run(key)),
    reload: () => location.reload(),
  };
}

function openSocket(): SocketLike {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/relay`);
  socket.binaryType = "arraybuffer";
  const like: SocketLike = {
    onmessage: null,
    onclose: null,
    send: (text) => socket.send(text),
    close: () => socket.close(),
  };
  socket.onmessage = (event) => like.onmessage?.(event);
  socket.onclose = (event) => like.onclose?.(event);
  return like;
}

/** Merely naming the storage throws where the user has forbidden it. */
function storage(name: "localStorage" | "sessionStorage"): StorageLike | null {
  try {
    return window[name];
  } catch {
    return null;
  }
}
