/**
 * Gather the points of one freehand stroke into messages the server accepts: at most 20 a second, at most 200
 * points each (`annotation.stroke`).
 *
 * Pure: time comes in as `now` in milliseconds; the caller arms the timer at `nextDeadline`.
 */

import type { UnitPoint } from "./geometry";

/** 16 messages a second leave room below the server's 20 for the pointer's jitter of timers. */
export const MIN_INTERVAL_MS = 62;
/** The message type refuses more. */
export const MAX_POINTS = 200;
/** Points nearer than this to the last one say nothing: a thousandth of the picture's width. */
const MIN_DISTANCE = 0.001;

/** One message's worth of a stroke. */
export interface StrokePart {
  strokeId: string;
  points: UnitPoint[];
  done: boolean;
}

export class StrokeBuffer {
  private pending: UnitPoint[] = [];
  private last: UnitPoint | null = null;
  private sentAt = Number.NEGATIVE_INFINITY;

  constructor(readonly strokeId: string) {}

  /** Note a point; return the part to send now, or null when it can wait. */
  add(point: UnitPoint, now: number): StrokePart | null {
    if (this.last && distance(this.last, point) < MIN_DISTANCE) return null;
    this.last = point;
    this.pending.push(point);
    return this.due(now) ? this.take(now, false) : null;
  }

  /** Return when `add` or `flush` may send next, in milliseconds on the clock of `now`; null when nothing waits. */
  nextDeadline(): number | null {
    return this.pending.length ? this.sentAt + MIN_INTERVAL_MS : null;
  }

  /** Return what waits, if it is due. */
  flush(now: number): StrokePart | null {
    return this.pending.length && this.due(now) ? this.take(now, false) : null;
  }

  /** End the stroke: the last part is always sent, with at least the last point, so that both sides know it is done. */
  finish(now: number): StrokePart | null {
    if (!this.last) return null;
    if (!this.pending.length) this.pending.push(this.last);
    return this.take(now, true);
  }

  private due(now: number): boolean {
    return now - this.sentAt >= MIN_INTERVAL_MS || this.pending.length >= MAX_POINTS;
  }

  private take(now: number, done: boolean): StrokePart {
    const points = this.pending.slice(0, MAX_POINTS);
    this.pending = this.pending.slice(MAX_POINTS);
    this.sentAt = now;
    return { strokeId: this.strokeId, points, done };
  }
}

function distance(a: UnitPoint, b: UnitPoint): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
