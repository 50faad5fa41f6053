/** Pointer and wheel between two frames: what the browser tells hundreds of times becomes one message each. Pure. */
import type { PointerMove, Wheel } from "@/protocol/control";

/** A point of the shared monitor's picture, both coordinates 0–1. */
export type Place = readonly [x: number, y: number];

/** What is asked of a `WheelEvent`. */
export interface WheelTurn {
  deltaX: number;
  deltaY: number;
  /** 0 pixels, 1 lines, 2 pages. */
  deltaMode: number;
}

/** One notch on the wire, as Windows and the wheel's own hardware count it. */
const NOTCH = 120;
/** What one unit of each mode is of it: browsers scroll 100 pixels or 3 lines a notch; a page is three notches. */
const PER_UNIT: readonly number[] = [NOTCH / 100, NOTCH / 3, NOTCH * 3];
/** Most that one message may turn, either way. */
const MOST = 1_200;

export class PointerQueue {
  private place: Place | null = null;
  /** Where the wheel was turned last, and how far since the last message. */
  private turned: { at: Place; dx: number; dy: number } | null = null;
  /** Less than a unit of the wire: touchpads tell of movements so small that each of them would be nothing. */
  private rest = { dx: 0, dy: 0 };

  get some(): boolean {
    return this.place !== null || this.turned !== null;
  }

  move(place: Place): void {
    this.place = place;
  }

  turn({ deltaX, deltaY, deltaMode }: WheelTurn, at: Place): void {
    const unit = PER_UNIT[deltaMode] ?? 0;
    this.turned = { at, dx: (this.turned?.dx ?? 0) + deltaX * unit, dy: (this.turned?.dy ?? 0) + deltaY * unit };
  }

  /** What there is to send, the movement first; `rev` is that of the geometry. */
  take(rev: number): (PointerMove | Wheel)[] {
    const move = this.place && { t: "pm" as const, x: this.place[0], y: this.place[1], rev };
    const wheel = this.takeWheel(rev);
    this.place = null;
    return [move, wheel].filter((one) => one !== null);
  }

  /** What waits means nothing any more. */
  drop(): void {
    this.place = this.turned = null;
    this.rest = { dx: 0, dy: 0 };
  }

  private takeWheel(rev: number): Wheel | null {
    if (this.turned === null) return null;
    const { at, dx, dy } = this.turned;
    const [wanted, upright] = [this.rest.dx + dx, this.rest.dy + dy];
    this.rest = { dx: wanted % 1, dy: upright % 1 };
    this.turned = null;
    const [across, down] = [bounded(wanted), bounded(upright)];
    return across === 0 && down === 0 ? null : { t: "wh", dx: across, dy: down, x: at[0], y: at[1], rev };
  }
}

/** A whole number within what a message holds; never -0. */
function bounded(value: number): number {
  return Math.max(-MOST, Math.min(MOST, Math.trunc(value))) || 0;
}
