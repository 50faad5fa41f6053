/**
 * Whether a microphone that is open and not muted gives nothing at all: silence to the last bit, or one constant. Pure.
 *
 * A broken plug, a hardware switch or the wrong input gives that; a quiet room never does, for every converter has some
 * noise of its own. What is looked at is the device itself, before anything that suppresses noise in this page.
 */

/** The largest distance between samples, of −1…1, that is no sound: less than a quarter of the last bit of 16. */
export const NO_SOUND = 7e-6;
/** So long it may give nothing at the start, and after it was heard once (systems hold back what is quiet), in ms. */
export const FLAT_AFTER_MS = { unheard: 5_000, heard: 15_000 };

export class Flatness {
  private heard = false;
  private since: number | null = null;

  /** Take in the distance between the largest and the smallest of the latest samples; returns whether it is flat. */
  look(spread: number, now: number): boolean {
    if (spread > NO_SOUND) {
      this.heard = true;
      this.since = null;
      return false;
    }
    this.since ??= now;
    return now - this.since >= (this.heard ? FLAT_AFTER_MS.heard : FLAT_AFTER_MS.unheard);
  }

  /** Nobody could have listened: muted by its owner or the system, or the page may not play yet. */
  rest(): void {
    this.since = null;
  }
}
