/**
 * The ladder that a thin line is walked down: what of mine is sent on each step, and when the next one is due. Pure.
 *
 * Down quickly, up only after it has stayed good, and later each time a step up did not last. Sound is given up last,
 * and only where it does not get through anyway. What I receive is the server's to divide: see `rtc/received`.
 */
import type { LadderReason, LadderStep, Quality, RungView, Track } from "@/protocol/generated";

export const STEPS: readonly LadderStep[] = ["high", "standard", "saver", "voice_desktop", "voice", "text"];
export const TOP: RungView = { step: "high", why: null };

/** How much of a track: all its encodings, all but the best, only the least and fewer frames of it, or nothing. */
export type Share = "whole" | "lower" | "least" | "none";

const PICTURES = (camera: Share, desktop: Share): Record<Track, Share> => ({ microphone: "whole", camera, document_camera: camera, desktop });

const SHARES: Readonly<Record<LadderStep, Readonly<Record<Track, Share>>>> = {
  high: PICTURES("whole", "whole"),
  standard: PICTURES("lower", "whole"),
  saver: PICTURES("least", "least"),
  voice_desktop: PICTURES("none", "least"),
  voice: PICTURES("none", "none"),
  text: { ...PICTURES("none", "none"), microphone: "none" },
};

/** What goes of each track on a step. */
export function sharesOn(step: LadderStep): Readonly<Record<Track, Share>> {
  return SHARES[step];
}

/** Tracks of which nothing goes on a step. */
export function withheldOn(step: LadderStep): Track[] {
  return (Object.keys(SHARES[step]) as Track[]).filter((track) => SHARES[step][track] === "none");
}

/** The lower of two steps. */
export function lower(one: LadderStep, other: LadderStep): LadderStep {
  return STEPS.indexOf(one) >= STEPS.indexOf(other) ? one : other;
}

/** What is known of the way that what I send takes. */
export interface Uplink {
  /** The server's word on loss and round trip. */
  level: Quality;
  /** Share of packets lost, 0–1, and round trip, as the server reports them; null before it does. */
  lost: number | null;
  roundTripMs: number | null;
  /** Why the browser sends less than it was asked to, if it does. */
  held: "rate" | "slow_pc" | null;
}

const KNOWN_WELL: Uplink = { level: "good", lost: null, roundTripMs: null, held: null };

/** From here on a bad line is bad because of its delay; the server's own bound. */
const BAD_DELAY_MS = 800;
/** Speech is not to be understood: repair and concealment end well before. */
const UNUSABLE = { lost: 0.35, roundTripMs: 2_500 };
/** It is worth trying again. */
const USABLE = { lost: 0.2, roundTripMs: 1_500 };

type Move = "down" | "stay" | "up";

interface Verdict {
  move: Move;
  why: LadderReason | null;
}

const STAY: Verdict = { move: "stay", why: null };
const UP: Verdict = { move: "up", why: null };

/** What a line means to somebody on a step. */
export function verdictOn(step: LadderStep, line: Uplink): Verdict {
  const lossOrDelay: LadderReason = (line.roundTripMs ?? 0) >= BAD_DELAY_MS ? "delay" : "loss";
  if (step === "text") return beyond(line, USABLE) ? STAY : UP;
  if (step === "voice" && beyond(line, UNUSABLE)) return { move: "down", why: lossOrDelay };
  if (line.level === "bad") return step === "voice" ? STAY : { move: "down", why: lossOrDelay };
  // Less than that of each picture is no answer to a rate: the browser divides what there is.
  if (line.held) return lower(step, "saver") === step ? STAY : { move: "down", why: line.held };
  return line.level === "weak" ? STAY : UP;
}

function beyond(line: Uplink, bound: typeof USABLE): boolean {
  return (line.lost ?? 0) >= bound.lost || (line.roundTripMs ?? 0) >= bound.roundTripMs;
}

/**
 * Time that a reason has to stand before a step down, in ms. A browser takes a while to find out what a line carries
 * when a call begins or more is asked of it, and divides what there is meanwhile; a PC may be busy for a moment.
 */
const DOWN_AFTER_MS = { line: 6_000, rate: 15_000, slow_pc: 10_000, unusable: 10_000 };
/** Time that it has to be good before a step up, doubled to the longest when one did not last. */
const UP_AFTER_MS = 15_000;
const LONGEST_UP_MS = 120_000;
/** A step up that is taken back sooner did not last. */
const LASTED_MS = 30_000;

export class Ladder {
  private index = 0;
  private why: LadderReason | null = null;
  private line: Uplink = KNOWN_WELL;
  private verdict: Verdict = UP;
  private since = 0;
  private wait = UP_AFTER_MS;
  private raisedAt: number | null = null;

  get rung(): RungView {
    return this.index === 0 ? TOP : { step: this.step, why: this.why };
  }

  /** Note what is known of the line, at `now` in ms. */
  report(line: Uplink, now: number): void {
    this.line = line;
    this.judge(now);
  }

  /** When `handleTimeout` is due, in ms on the clock of `now`; Infinity when nothing would change. */
  nextDeadline(): number {
    const { move, why } = this.verdict;
    if (move === "up") return this.index > 0 ? this.since + this.wait : Infinity;
    if (move === "stay" || this.index === STEPS.length - 1) return Infinity;
    if (this.step === "voice") return this.since + DOWN_AFTER_MS.unusable;
    return this.since + DOWN_AFTER_MS[why === "slow_pc" || why === "rate" ? why : "line"];
  }

  /** Take a step when it is due; returns whether the step changed. */
  handleTimeout(now: number): boolean {
    if (now < this.nextDeadline()) return false;
    if (this.verdict.move === "down") this.stepDown(now);
    else this.stepUp(now);
    this.since = now;
    this.judge(now);
    return true;
  }

  private get step(): LadderStep {
    return STEPS[this.index]!;
  }

  private judge(now: number): void {
    const before = this.verdict.move;
    this.verdict = verdictOn(this.step, this.line);
    if (this.verdict.move !== before) this.since = now;
  }

  /** A line that is bad is not helped by a little less. */
  private stepDown(now: number): void {
    if (this.raisedAt !== null) {
      const lasted = now - this.raisedAt >= LASTED_MS;
      this.wait = lasted ? UP_AFTER_MS : Math.min(2 * this.wait, LONGEST_UP_MS);
    }
    this.raisedAt = null;
    this.why = this.verdict.why;
    this.index = Math.max(this.index + 1, this.line.level === "bad" ? STEPS.indexOf("saver") : 0);
  }

  private stepUp(now: number): void {
    this.index -= 1;
    this.raisedAt = now;
  }
}
