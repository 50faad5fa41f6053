/**
 * What may stand between a device and what is sent of it: RNNoise behind the microphone, a blurred background behind the camera.
 *
 * The device stays the source's own: it ends, is muted and takes constraints as without a stage. A stage that is too
 * slow for this PC, or dies, is taken out, and what the device gives goes on.
 */
import type { Track } from "@/protocol/generated";

export type Effect = "noise" | "blur";
export type Staged = Extract<Track, "microphone" | "camera">;
export const EFFECT_OF: Readonly<Record<Staged, Effect>> = { microphone: "noise", camera: "blur" };

/** Why a stage is taken out: this PC is too slow for it, or it does not work (any more). */
export type Fate = "slow" | "failed";

export class StageError extends Error {
  constructor(readonly fate: Fate) {
    super(fate);
  }
}

export interface Stage {
  track: MediaStreamTrack;
  stop(): void;
}

export interface Terms {
  /** Whether this PC is fast enough is not known yet: measure before anything is sent. */
  measure: boolean;
  /** The person wants it however slow it is. */
  anyway: boolean;
  /** Aborted when nobody wants it any more, while it begins or later. */
  signal: AbortSignal;
  /** It runs no more; not called after an abort. */
  over(fate: Fate): void;
}

/** Begin a stage behind a device; rejects with `StageError`, or anything, which counts as failed. */
export type OpenStage = (device: MediaStreamTrack, terms: Terms) => Promise<Stage>;

/** The one stage of one source: begun, on, taken out. */
export class StageSlot {
  private stage: Stage | null = null;
  private turn: AbortController | null = null;

  /** `tell` says how it stands; `changed` runs when what is to be sent is another track. */
  constructor(
    private readonly open: OpenStage,
    private readonly tell: (state: "starting" | "on" | "idle" | Fate) => void,
    private readonly changed: () => void,
  ) {}

  /** What it gives; null while it does not run. */
  get track(): MediaStreamTrack | null {
    return this.stage?.track ?? null;
  }

  /** Stand behind this device; settles when it runs, or will not. */
  async begin(device: MediaStreamTrack, terms: Pick<Terms, "measure" | "anyway">): Promise<void> {
    this.end();
    const turn = (this.turn = new AbortController());
    this.tell("starting");
    try {
      const stage = await this.open(device, { ...terms, signal: turn.signal, over: (fate) => this.over(turn, fate) });
      if (this.turn !== turn) return stage.stop();
      this.stage = stage;
      this.tell("on");
      this.changed();
    } catch (error) {
      this.over(turn, error instanceof StageError ? error.fate : "failed");
    }
  }

  end(): void {
    if (!this.turn) return;
    this.takeOut();
    this.tell("idle");
  }

  private over(turn: AbortController, fate: Fate): void {
    if (this.turn !== turn) return;
    this.takeOut();
    this.tell(fate);
    this.changed();
  }

  private takeOut(): void {
    this.turn?.abort();
    this.stage?.stop();
    this.turn = this.stage = null;
  }
}
