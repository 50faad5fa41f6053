/** A counter's day in figures, from its calls of today. Pure. */

import { secondsBetween } from "@/components/common/times";
import type { CallView } from "@/protocol/generated";

export interface Day {
  /** Sessions in which somebody was reached. */
  sessions: number;
  /** Calls that ended before anybody was reached, other than at the counter's own wish. */
  unserved: number;
  /** Mean time from the answer to the end of the sessions that ended, in seconds; null while there is none. */
  meanTalkS: number | null;
  /** The unserved calls whose item was not served later, the newest of each item. */
  unfinished: CallView[];
}

/** Ends of a call in which the person at the counter was not helped. */
const UNSERVED: readonly CallView["end"][] = ["no_staff", "failed", "abandoned"];

/** @param calls of today, the newest first */
export function dayOf(calls: readonly CallView[]): Day {
  const served = calls.filter((call) => call.connected_at);
  const unserved = calls.filter((call) => !call.connected_at && UNSERVED.includes(call.end));
  const talks = served.filter((call) => call.ended_at).map((call) => secondsBetween(call.connected_at!, call.ended_at!));
  const settled = new Set<string>();
  const unfinished: CallView[] = [];
  for (const call of calls) {
    if (settled.has(call.item.code)) continue;
    if (unserved.includes(call)) unfinished.push(call);
    settled.add(call.item.code);
  }
  const meanTalkS = talks.length ? talks.reduce((sum, one) => sum + one, 0) / talks.length : null;
  return { sessions: served.length, unserved: unserved.length, meanTalkS, unfinished };
}
