/** Pure decisions of synchronised replay (RECORDING 28): which segment plays when, and how a follower catches up. */
import type { GapView, LaneView, SegmentView } from "@/protocol/generated";

/** Followers closer than this to the master are left alone, in ms. */
export const TOLERANCE_MS = 15;
/** Followers further away than this jump; below it they are nudged by their speed. */
export const JUMP_MS = 350;
const FAR_MS = 100;
const NUDGE_NEAR = 0.08;
const NUDGE_FAR = 0.25;

export type Correction = { kind: "keep" } | { kind: "nudge"; rate: number } | { kind: "jump" };

/**
 * Decide how a follower gets back in step.
 *
 * @param errorMs follower's position minus master's, in ms
 * @param rate the speed people chose (1 = normal)
 */
export function correction(errorMs: number, rate: number): Correction {
  const distance = Math.abs(errorMs);
  if (distance < TOLERANCE_MS) return { kind: "keep" };
  if (distance >= JUMP_MS) return { kind: "jump" };
  const share = distance > FAR_MS ? NUDGE_FAR : NUDGE_NEAR;
  return { kind: "nudge", rate: rate * (errorMs > 0 ? 1 - share : 1 + share) };
}

/** The segment of a lane that covers `positionMs` on the recording's clock, if any. */
export function segmentAt(lane: LaneView, positionMs: number): SegmentView | null {
  return (
    lane.segments.find(
      (segment) => positionMs >= segment.offset_ms && positionMs < segment.offset_ms + segment.duration_ms,
    ) ?? null
  );
}

/** The next segment of a lane that begins after `positionMs`, if any. */
export function nextSegment(lane: LaneView, positionMs: number): SegmentView | null {
  return lane.segments.find((segment) => segment.offset_ms > positionMs) ?? null;
}

/** Why no picture of a lane can be seen at `positionMs`, if there is a reason; a muted microphone is none. */
export function gapAt(lane: LaneView, positionMs: number): GapView | null {
  const at = (gap: GapView) => positionMs >= gap.offset_ms && positionMs < gap.offset_ms + gap.duration_ms;
  return lane.gaps.find((gap) => gap.track === lane.track && at(gap)) ?? null;
}

/** By how many degrees clockwise a segment's picture is to be turned at `positionMs`. */
export function rotationAt(segment: SegmentView, positionMs: number): number {
  return segment.rotations.filter((turn) => turn.offset_ms <= positionMs).at(-1)?.degrees ?? 0;
}

/** Keep a position inside the recording. */
export function clamp(positionMs: number, durationMs: number): number {
  return Math.min(Math.max(positionMs, 0), durationMs);
}
