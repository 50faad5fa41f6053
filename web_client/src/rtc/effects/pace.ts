/** Whether this PC keeps up with a stage. Pure. */

/** Most that the noise suppression may take of one core, as its time over the sound's. */
export const NOISE_LIMIT = 0.35;
/** Most that a frame may take before blurring is begun, and while it runs, in ms: at 15 fps there are 66. */
export const FRAME_LIMIT_MS = { before: 40, running: 60 };
/** The first frames prepare programs for the graphics card, once a page. */
const WARM_UP = 3;
const MEASURED = 12;
/** 5 s of frames. */
const WINDOW = 75;

/** Frames of a picture, each with what it took. */
export class FramePace {
  private frames = 0;
  private spent = 0;

  constructor(
    private readonly limitMs: number,
    private readonly window: number,
    private skipped = 0,
  ) {}

  /** Before anything is sent. */
  static before(): FramePace {
    return new FramePace(FRAME_LIMIT_MS.before, MEASURED, WARM_UP);
  }

  static running(): FramePace {
    return new FramePace(FRAME_LIMIT_MS.running, WINDOW);
  }

  /** Take in what a frame took, in ms; null while it is not known yet. Too slow is said as soon as nothing can mend it. */
  add(tookMs: number): "fast" | "slow" | null {
    if (this.skipped > 0) {
      this.skipped -= 1;
      return null;
    }
    this.frames += 1;
    this.spent += tookMs;
    const slow = this.spent > this.limitMs * this.window;
    if (!slow && this.frames < this.window) return null;
    this.frames = this.spent = 0;
    return slow ? "slow" : "fast";
  }
}

/** How often the sound's own clock is looked at, in ms; how far it may fall behind, and how often in a row. */
export const LOOK_MS = 2_000;
const LEAST_ADVANCE = 0.9;
const IN_A_ROW = 3;

/** A sound that is worked on in time keeps up with the clock on the wall. */
export class SoundPace {
  private last: { sound: number; wall: number } | null = null;
  private behind = 0;

  /** Take in both clocks, in s; returns whether it does not keep up. */
  look(sound: number, wall: number): boolean {
    const before = this.last;
    this.last = { sound, wall };
    if (!before) return false;
    const passed = wall - before.wall;
    // A page or a PC that slept says nothing of its pace.
    if (passed > (2 * LOOK_MS) / 1000) this.behind = 0;
    else this.behind = sound - before.sound < LEAST_ADVANCE * passed ? this.behind + 1 : 0;
    return this.behind >= IN_A_ROW;
  }
}
