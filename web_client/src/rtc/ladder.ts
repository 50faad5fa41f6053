/**
 * What to give up when the line that carries what I send is weak, and when to take it back: camera first, desktop next,
 * sound never. What I receive is the others' to send less of, never mine. Pure.
 */
import type { Quality, Track } from "@/protocol/generated";

export type LadderStep = "full" | "no_camera" | "no_desktop";
const STEPS: readonly LadderStep[] = ["full", "no_camera", "no_desktop"];

/** Time at a level before a step is taken, in ms: down quickly, up only after it has stayed good. */
const DOWN_AFTER_MS = 6_000;
const UP_AFTER_MS = 20_000;

/** Tracks not sent on a step. */
export function withheld(step: LadderStep): readonly Track[] {
  if (step === "full") return [];
  return step === "no_camera" ? ["camera"] : ["camera", "desktop"];
}

export class Ladder {
  private index = 0;
  private level: Quality = "good";
  private since = 0;

  get step(): LadderStep {
    return STEPS[this.index]!;
  }

  /** Note the quality of the uplink that the server reports, at `now` in ms. */
  report(level: Quality, now: number): void {
    if (level === this.level) return;
    this.level = level;
    this.since = now;
  }

  /** When `handleTimeout` is due, in ms on the clock of `now`; Infinity when nothing would change. */
  nextDeadline(): number {
    if (this.level === "bad" && this.index < STEPS.length - 1) return this.since + DOWN_AFTER_MS;
    if (this.level === "good" && this.index > 0) return this.since + UP_AFTER_MS;
    return Infinity;
  }

  /** Take a step when it is due; returns whether the step changed. */
  handleTimeout(now: number): boolean {
    if (now < this.nextDeadline()) return false;
    this.index += this.level === "bad" ? 1 : -1;
    this.since = now;
    return true;
  }
}
