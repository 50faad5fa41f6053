/**
 * What can happen to a camera, microphone or shared screen, what its owner reads, and what is tried next. Pure.
 *
 * Browsers tell of the same thing in several ways and leave each of them out at times: a device that is pulled out
 * may end its track, or leave the list, or both in either order; one that another program gives back tells nobody.
 * Every way leads to the same row here. `state/session/sources` does what the rows say.
 */
import type { FailureCode } from "@/rtc/failures";

/** What a person reads of their own source beside its button; words in `devices.failure` and `devices.remedy`. */
export type TroubleCode =
  | FailureCode
  /** The system, a key or the headset's switch keeps the device silent or dark. */
  | "silenced"
  /** The microphone is open and gives nothing, not even the noise of a quiet room. */
  | "flat"
  /** The shared window is minimised. */
  | "minimised"
  /** Another device stands in for the chosen one. */
  | "instead";

/** What happens to a source that is open. */
export type DeviceEvent =
  /** Its track ended: pulled out, permission taken back, another program, sleep. */
  | "ended"
  /** It is not listed any more though its track lives on. */
  | "unlisted"
  /** Its track is muted for a while by the system, a key, a headset, a minimised window; and no more. */
  | "silenced"
  | "heard"
  /** It gives nothing though nobody muted it; and something again. */
  | "flat"
  | "stirred"
  /** It was the system's default, which is another device now. */
  | "default_moved"
  /** It stands in for the chosen device, which is there again. */
  | "chosen_back";

/** What makes another try of a source that is wanted and not open worth it. */
export type Chance =
  /** Devices came or went. */
  | "listed"
  /** The person allowed it in the browser. */
  | "allowed"
  /** The page is in front again, or the PC woke up. */
  | "woke"
  /** Some time passed, see `again`. */
  | "time";

export interface Row {
  sees: TroubleCode | null;
  /**
   * `lose`: let it go and wait; `hold`, `release`: the others are told that nothing is sent, or something again;
   * `warn`, `calm`: its owner alone is told, for it may be heard any moment.
   */
  next: "lose" | "hold" | "release" | "warn" | "calm" | "reopen";
}

export const ON_EVENT: Readonly<Record<DeviceEvent, Row>> = {
  ended: { sees: "unplugged", next: "lose" },
  unlisted: { sees: "unplugged", next: "lose" },
  silenced: { sees: "silenced", next: "hold" },
  heard: { sees: null, next: "release" },
  flat: { sees: "flat", next: "warn" },
  stirred: { sees: null, next: "calm" },
  default_moved: { sees: null, next: "reopen" },
  chosen_back: { sees: null, next: "reopen" },
};

interface Waiting {
  chances: readonly Chance[];
  /** Waits before tries that only time makes worth it, in ms. */
  again: readonly number[];
  /** The last wait is repeated for as long as the source is wanted. */
  forEver?: boolean;
}

const NOTHING: Waiting = { chances: [], again: [] };

/** A source that is wanted and could not be had, by what its owner reads. */
export const WHILE_FAILED: Readonly<Record<FailureCode, Waiting>> = {
  /** The list of devices may change later than the track ends, or not at all. */
  unplugged: { chances: ["listed", "woke", "time"], again: [1_000, 3_000, 10_000] },
  missing: { chances: ["listed", "woke"], again: [] },
  /** No event tells that another program gave it back. */
  in_use: { chances: ["listed", "woke", "time"], again: [2_000, 5_000, 10_000], forEver: true },
  refused: { chances: ["allowed"], again: [] },
  /** Allowed in the system's settings, which are another window. */
  refused_by_system: { chances: ["allowed", "woke"], again: [] },
  failed: { chances: ["listed"], again: [] },
  taken: { chances: ["listed"], again: [] },
  insecure: NOTHING,
  unsupported: NOTHING,
  cancelled: NOTHING,
};

/** How long to wait before try number `tries` + 1 that only time makes worth it, in ms; null for never. */
export function waitBefore(failure: FailureCode, tries: number): number | null {
  const { again, forEver } = WHILE_FAILED[failure];
  return again[tries] ?? (forEver ? again.at(-1)! : null);
}

/** How long a source is silent before anybody is told, in ms: headsets and system mixers mute for moments. */
export const SILENT_AFTER_MS = 1_000;
