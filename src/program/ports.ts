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
