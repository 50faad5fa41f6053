/** Remote control at a moment of a recording: whose it is, whether it is paused, and which clicks are still seen. */
import type { ClickView, ControlledView, ControlPauseView, LaneView } from "@/protocol/generated";

/** How long the ring of a click is seen, in ms of the recording. */
const SEEN_MS = 1_000;

/** A click's ring over a picture; `age` grows from 0 to 1. */
export interface ClickRing {
  key: string;
  x: number;
  y: number;
  button: number;
  age: number;
}

/** Whether this is the desktop that is controlled: the clerk's alone can be. */
export function isControllable(lane: LaneView): boolean {
  return lane.track === "desktop" && lane.part === "clerk";
}

/** The rings over `lane` at `positionMs`. */
export function clicksAt(clicks: readonly ClickView[], lane: LaneView, positionMs: number): ClickRing[] {
  if (!isControllable(lane)) return [];
  return clicks
    .map((click, index) => ({ ...click, key: `${index}`, age: (positionMs - click.offset_ms) / SEEN_MS }))
    .filter(({ age }) => 0 <= age && age < 1)
    .map(({ key, x, y, button, age }) => ({ key, x, y, button, age }));
}

/** The grant under which somebody controls at `positionMs`. */
export function controlAt(grants: readonly ControlledView[], positionMs: number): ControlledView | null {
  return grants.find((one) => isWithin(one, positionMs)) ?? null;
}

/** The pause of a grant at `positionMs`. */
export function pauseAt(grant: ControlledView, positionMs: number): ControlPauseView | null {
  return grant.pauses.find((one) => isWithin(one, positionMs)) ?? null;
}

function isWithin({ offset_ms: offset, duration_ms: length }: { offset_ms: number; duration_ms: number }, at: number): boolean {
  return offset <= at && at < offset + length;
}
