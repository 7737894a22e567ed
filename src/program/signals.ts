import { exitCodes } from "./exit-codes.ts";

/** How long an orderly end may take. */
export const stopMsMax = 4_000;

/** Stops in order at the first signal, and at once at the second. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) process.exit(exitCodes.failed);
    isStopping = true;
    const overdue = setTimeout(() => process.exit(exitCodes.ok), stopMsMax);
    stop().then(
      () => {
        clearTimeout(overdue);
        process.exit(exitCodes.ok);
      },
      (error) => {
        process.stderr.write(`pendopo: ${error}\n`);
        process.exit(exitCodes.bug);
      },
    );
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}
