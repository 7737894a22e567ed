/**
 * Tries whether a port can be had, before anything is written.
 *
 * @param port  0 is always free.
 * @throws whatever the system says when it cannot be listened on ("EADDRINUSE", "EACCES", "EADDRNOTAVAIL").
 */
export function tryPort(hostname: string, port: number): void {
  if (port === 0) return;
  Bun.listen({ hostname, port, exclusive: true, socket: { data() {} } }).stop(true);
}

/** Why a port cannot be had. */
export function portTrouble(error: unknown): string {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return "another program uses it";
    case "EACCES":
      return "this system keeps it for itself";
    case "EADDRNOTAVAIL":
      return "this machine does not have that address";
    default:
      return (error as Error).message;
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
