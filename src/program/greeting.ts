import { defaultWebPort } from "../wire/limits.ts";

/** What somebody who has started the program needs to know. */
export type Started = {
  version: string;
  /** Of the page, to open on this machine. */
  address: string;
  webPort: number;
  /** Whether that port was asked for. */
  isPortChosen: boolean;
  /** The relay that is joined, when it is another's. */
  joining?: { address: string; isLegacy: boolean };
  /** What a server of our own has to tell. */
  hosting?: { invites: readonly string[]; data: string };
};

/** Tells what to open and what to give to others, in lines. */
export function greeting({ version, address, webPort, isPortChosen, joining, hosting }: Started): string {
  const lines = [`Pendopo ${version}`];
  if (!isPortChosen && webPort !== defaultWebPort) {
    lines.push(`  Port ${defaultWebPort} is in use, so the page is on ${webPort}.`);
  }
  lines.push(`  Open here:    ${address}`);
  if (joining !== undefined) {
    const what = joining.isLegacy ? ", a server of 2021: no history, and nobody is told who is there" : "";
    lines.push(`  Joining:      ${joining.address}${what}`);
  }
  if (hosting !== undefined) {
    const { invites, data } = hosting;
    lines.push(...invites.map((invite, i) => `${i === 0 ? "  Others join:  " : " ".repeat(16)}${invite}`));
    if (invites.length === 0) lines.push("  Others cannot join yet: this machine is in no network.");
    lines.push(`  Kept in:      ${data}`);
  }
  return `${lines.join("\n")}\n`;
}
