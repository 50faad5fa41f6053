/** Which step of the ladder what I receive is on, from what the server gives me of it; and what to ask it for. Pure. */
import type { LadderStep, LayerLimit, RungView, Track } from "@/protocol/generated";
import { STEPS, TOP, sharesOn } from "@/rtc/ladder";

/** What the server gives of one picture that is sent: an encoding, the lowest first, or none of `layers`. */
export interface Given {
  track: Track;
  layer: number | null;
  layers: number;
  limitedBy: LayerLimit;
}

/** With so many encodings the lowest is the least, not only a lower one. */
const SEVERAL = 3;

/** The step that my line leaves me on. Small tiles and senders that send no more are none of its doing. */
export function receivedRung(given: readonly Given[], soundLost: boolean): RungView {
  if (soundLost) return { step: "text", why: "loss" };
  const shown = given.filter(({ layer, limitedBy }) => layer !== null || limitedBy !== "viewer");
  if (!shown.some(isLimited)) return TOP;
  return { step: stepOf(shown), why: "rate" };
}

function stepOf(given: readonly Given[]): LadderStep {
  const desktops = given.filter(({ track }) => track === "desktop");
  const faces = given.filter(({ track }) => track !== "desktop");
  if (given.every(isHeld)) return "voice";
  if (desktops.length > 0 && faces.length > 0 && faces.every(isHeld)) return "voice_desktop";
  const least = (one: Given) => isHeld(one) || (isLimited(one) && one.layer === 0 && one.layers >= SEVERAL);
  return given.some(least) ? "saver" : "standard";
}

function isLimited(one: Given): boolean {
  return one.limitedBy === "line";
}

/** Nothing comes of it, because of my line. */
export function isHeld(one: Given): boolean {
  return isLimited(one) && one.layer === null;
}

/** Of a paper less is sent than can be read. */
export function isPoor(one: Given): boolean {
  return isLimited(one) && (one.layer === null || one.layer < one.layers - 1);
}

/** Heights to ask for, in pixels: the server gives the lowest encoding that is enough for one. */
const LOWER_HEIGHT = 270;
const LEAST_HEIGHT = 1;

/** The greatest height to ask a picture for on a step; sound is asked for (Infinity) or not (0). */
export function capOf(step: LadderStep, track: Track): number {
  const share = sharesOn(step)[track];
  if (share === "none") return 0;
  if (share === "whole" || track === "desktop") return Infinity; // a desktop that is not read is of no use
  return share === "lower" ? LOWER_HEIGHT : LEAST_HEIGHT;
}

/** Time a change has to stand before it is said, in ms: worse soon, better when it is sure. */
const WORSE_AFTER_MS = 2_000;
const BETTER_AFTER_MS = 5_000;

/** What is said of a step that is measured: it follows the measure, without its flicker. */
export class Settled {
  rung: RungView = TOP;
  private next: RungView = TOP;
  private since = 0;

  /** Note what is measured at `now`, in ms; returns whether something else is said now. */
  report(measured: RungView, now: number): boolean {
    if (measured.step !== this.next.step) this.since = now;
    this.next = measured;
    const by = STEPS.indexOf(measured.step) - STEPS.indexOf(this.rung.step);
    if (by === 0 || now - this.since < (by > 0 ? WORSE_AFTER_MS : BETTER_AFTER_MS)) return false;
    this.rung = measured;
    return true;
  }
}
