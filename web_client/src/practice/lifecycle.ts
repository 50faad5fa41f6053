/** The states of remote control at a counter PC: one table (state, event) → state, as `web_client/helper/lifecycle.py`. */
import type { Reason, State } from "@/protocol/control";

/** A grant is there, though it may be suspended. */
export const CONTROLLED: ReadonlySet<State> = new Set<State>(["granted", "paused_local", "paused_rate", "locked"]);

/** What ends a grant, whatever its state; only a new consent brings another. */
const ENDING: ReadonlySet<Reason> = new Set<Reason>([
  "escaped",
  "stopped",
  "withdrawn",
  "expired",
  "silent",
  "violation",
  "monitor_gone",
  "disconnected",
  "watchdog_lost",
]);

const TABLE: Readonly<Partial<Record<State, Partial<Record<Reason, State>>>>> = {
  idle: { consent: "granted" },
  revoked: { consent: "granted" },
  granted: { local_input: "paused_local", too_fast: "paused_rate", desktop_locked: "locked" },
  paused_local: { local_quiet: "granted", desktop_locked: "locked" },
  paused_rate: { local_input: "paused_local", calmed: "granted", desktop_locked: "locked" },
  locked: { desktop_unlocked: "granted" },
};

/** The state that follows; null where the event means nothing and the state stays. */
export function after(state: State, event: Reason): State | null {
  if (ENDING.has(event)) return CONTROLLED.has(state) ? "revoked" : null;
  return TABLE[state]?.[event] ?? null;
}
