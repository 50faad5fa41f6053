/**
 * The page's clocks, and the only place that asks the PC's.
 *
 * Two things are told apart. *How long* something took is `elapsed()`: monotonic, whatever the PC's clock does.
 * *What time it is* is the server's: `serverNow()`, from offsets measured with round trips (`noteServerTime`), because
 * office PCs are minutes off and are set right in mid-call. The PC's own wall clock is asked for nothing else.
 */

/** Round trips longer than this, in ms, say little about when the server read its clock. */
const LONGEST_ROUND_TRIP_MS = 5_000;
/** After this, in ms, a fresh measurement counts even if its round trip was worse: crystals drift 50 ppm. */
const STALE_AFTER_MS = 600_000;
/** A server whose clock was set is believed at once when it differs by more than the round trips explain, in ms. */
const SET_BY_MS = 1_000;

interface Offset {
  /** Server's wall clock minus `elapsed()`, in ms. */
  ms: number;
  /** How far it may be off, in ms: half the round trip. */
  within: number;
  at: number;
}

let offset: Offset | null = null;

/** Milliseconds on a monotonic clock of this page. */
export function elapsed(): number {
  return performance.now();
}

/**
 * Note what the server's clock showed between asking and hearing, both `elapsed()`.
 *
 * The measurement with the shortest round trip is kept until it is stale or the server's clock was set.
 */
export function noteServerTime(serverMs: number, askedAt: number, heardAt: number): void {
  const within = (heardAt - askedAt) / 2;
  if (!Number.isFinite(serverMs) || within < 0 || heardAt - askedAt > LONGEST_ROUND_TRIP_MS) return;
  const measured = { ms: serverMs - (askedAt + heardAt) / 2, within, at: heardAt };
  if (offset === null || within <= offset.within || isOutdated(offset, measured)) offset = measured;
}

function isOutdated(kept: Offset, measured: Offset): boolean {
  const apart = Math.abs(measured.ms - kept.ms);
  return measured.at - kept.at > STALE_AFTER_MS || apart > measured.within + kept.within + SET_BY_MS;
}

/** The server's wall clock in ms since the epoch; this PC's until the server said something. */
export function serverNow(): number {
  return elapsed() + (offset?.ms ?? Date.now() - elapsed());
}

/** The same as a date, for words like "3 minutes ago". */
export function serverDate(): Date {
  return new Date(serverNow());
}

/** Forget what was measured; for tests. */
export function forgetServerTime(): void {
  offset = null;
}
