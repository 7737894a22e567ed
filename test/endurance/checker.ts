// Whether what everybody saw can be true of one log that loses nothing and doubles nothing.

/** An entry as it came to somebody. */
export type Seen = { seq: number; kind: string; device?: string; n?: number; text?: string };

/** What somebody posted. */
export type Post = { device: string; n: number; text: string; isAcknowledged: boolean };

export type Findings = {
  /** What each one saw, in the order in which it came. */
  accounts: ReadonlyMap<string, readonly Seen[]>;
  posts: readonly Post[];
  /** The log as it is at the end, read from its beginning. */
  log: readonly Seen[];
};

/** @returns A sentence for each violation; none when all is well. */
export function check({ accounts, posts, log }: Findings): string[] {
  const violations: string[] = [];
  checkDense("the log", log, 1, violations);
  const bySeq = new Map(log.map((entry) => [entry.seq, entry]));
  for (const [who, seen] of accounts) {
    checkDense(who, seen, seen[0]?.seq ?? 1, violations);
    for (const entry of seen) {
      const kept = bySeq.get(entry.seq);
      if (kept === undefined)
        violations.push(`lost: ${who} saw ${said(entry)}, and the log does not have it`);
      else if (said(kept) !== said(entry))
        violations.push(`another: ${who} saw ${said(entry)}, the log has ${said(kept)}`);
    }
  }
  const posted = new Map(posts.map((post) => [`${post.device} ${post.n}`, post]));
  const found = new Set<string>();
  const last = new Map<string, number>();
  for (const entry of log) {
    const { device, n = 0, text } = entry;
    if (device === undefined) continue;
    const key = `${device} ${n}`;
    const post = posted.get(key);
    if (post === undefined) violations.push(`invented: nobody posted ${said(entry)}`);
    else if (post.text !== text)
      violations.push(`changed: "${post.text}" was posted, the log has ${said(entry)}`);
    if (found.has(key)) violations.push(`twice: ${said(entry)}`);
    found.add(key);
    const before = last.get(device) ?? 0;
    if (n < before)
      violations.push(`overtaken: ${said(entry)} comes after number ${before} of the same author`);
    last.set(device, Math.max(n, before));
  }
  for (const { device, n, isAcknowledged } of posts) {
    if (isAcknowledged && !found.has(`${device} ${n}`))
      violations.push(`lost: number ${n} of ${device} was acknowledged, and the log does not have it`);
  }
  return violations;
}

function checkDense(who: string, entries: readonly Seen[], from: number, violations: string[]): void {
  let expected = from;
  for (const { seq } of entries) {
    if (seq > expected) violations.push(`gap: ${who} has ${seq} where ${expected} must be`);
    if (seq < expected) violations.push(`disorder: ${who} has ${seq} where ${expected} must be`);
    expected = seq + 1;
  }
}

function said({ seq, kind, device, n, text }: Seen): string {
  return device === undefined ? `${seq} (${kind})` : `${seq} (number ${n} of ${device}: "${text}")`;
}
