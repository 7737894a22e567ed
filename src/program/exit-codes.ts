/** The exit codes of sysexits.h, where it has one that fits. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, bug: 70 } as const;
