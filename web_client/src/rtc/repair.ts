/** The path of one transport: hurt when ICE says so, given new ICE credentials after a moment, lost when none helps. */
import type { types } from "mediasoup-client";
import { NoAnswerError, UnansweredError } from "@/protocol/errors";

export type Health = "connected" | "hurt" | "lost";

/** A transport that stays `disconnected` this long gets new ICE credentials, in ms; `failed` ones get them at once. */
const RESTART_AFTER_MS = 2_000;
const RESTART_TRIES = 4;

export class PathRepair {
  health: Health = "connected";
  private state: types.ConnectionState = "new";
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private closed = false;

  /**
   * @param restart gives the transport new ICE credentials; rejects with `NoAnswerError` when nothing was answered
   * @param changed runs whenever `health` changed
   */
  constructor(
    private readonly restart: () => Promise<void>,
    private readonly changed: () => void,
  ) {}

  handleState(state: types.ConnectionState): void {
    this.state = state;
    this.cancel();
    if (state === "connected") {
      this.tries = 0;
      this.become("connected");
    } else if (state === "disconnected" || state === "failed") {
      this.become("hurt");
      this.restartIn(state === "failed" ? RESTART_AFTER_MS * this.tries : RESTART_AFTER_MS);
    }
  }

  /** Restart at once unless the path is well or was never used, as after a change of network. */
  async heal(): Promise<void> {
    if (this.state !== "connected" && this.state !== "new") await this.attempt();
  }

  /** Nothing can repair it. */
  giveUp(): void {
    this.cancel();
    this.become("lost");
  }

  close(): void {
    this.closed = true;
    this.cancel();
  }

  private restartIn(ms: number): void {
    this.timer = setTimeout(() => void this.attempt(), ms);
  }

  private async attempt(): Promise<void> {
    this.cancel();
    if (this.tries >= RESTART_TRIES) return this.giveUp();
    this.tries += 1;
    try {
      await this.restart();
    } catch (error) {
      if (!this.closed) this.restartFailed(error);
    }
  }

  /** Without the signalling channel nothing can be restarted: the session heals when it is back, with as many tries. */
  private restartFailed(error: unknown): void {
    if (!(error instanceof NoAnswerError)) this.giveUp();
    else if (error instanceof UnansweredError) this.restartIn(RESTART_AFTER_MS * this.tries);
    else this.tries -= 1;
  }

  private become(health: Health): void {
    if (this.closed || health === this.health) return;
    this.health = health;
    this.changed();
  }

  private cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
