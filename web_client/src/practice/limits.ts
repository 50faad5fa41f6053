/** How fast the other side may act, and Escape three times; as `web_client/helper/limits.py`. Time is given, in s. */
import { EVENTS_PER_SECOND } from "@/protocol/control";

/** Events that may come at once. */
const BURST = 100;
/** How long the offered rate must stay below the limit before a pause for its sake ends. */
export const CALM_S = 1;
const ESCAPES = 3;
const ESCAPES_WITHIN_S = 1;

/** A bucket of `BURST` tokens into which `EVENTS_PER_SECOND` fall. */
export class RateLimit {
  private tokens = BURST;

  constructor(private at: number) {}

  /** Whether one more event is within the limit. */
  take(now: number): boolean {
    this.tokens = Math.min(BURST, this.tokens + (now - this.at) * EVENTS_PER_SECOND);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

export class EscapeCounter {
  private pressed: number[] = [];

  /** Note one press; returns whether it was the third within the time. */
  press(now: number): boolean {
    this.pressed = [...this.pressed, now].slice(-ESCAPES);
    const done = this.pressed.length === ESCAPES && now - this.pressed[0]! <= ESCAPES_WITHIN_S;
    if (done) this.pressed = [];
    return done;
  }

  /** Another key came between: what was counted is forgotten. */
  otherKey(): void {
    this.pressed = [];
  }
}
