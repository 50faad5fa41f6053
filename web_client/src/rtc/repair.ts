/**
 * The path of one transport: hurt when ICE says so, given new ICE credentials after a moment, lost when none helps, or
 * when it never stood. A browser whose relay gives it nothing says nothing at all: its connection stays as it is.
 */
import type { types } from "mediasoup-client";
import { NoAnswerError, UnansweredError } from "@/protocol/errors";

export type Health = "connected" | "hurt" | "lost";

/** A transport that stays `disconnected` this long gets new ICE credentials, in ms; `failed` ones get them at once. */
const RESTART_AFTER_MS = 2_000;
const RESTART_TRIES = 4;
/** So long the first path of a transport may take to stand, in ms: ICE, and DTLS on a line that loses much. */
const CONNECT_WITHIN_MS = 20_000;
/** And a path with new ICE credentials, before they are not the last. */
const RECONNECT_WITHIN_MS = 10_000;

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

  /** Both sides know what they need: from now on the first path must come to stand. */
  begin(): void {
    if (this.closed || this.timer !== null || this.state === "connected") return;
    this.timer = setTimeout(() => this.giveUp(), CONNECT_WITHIN_MS);
  }

  handleState(state: types.ConnectionState): void {
    this.state = state;
    if (state === "connected") {
      this.cancel();
      this.tries = 0;
      this.become("connected");
    } else if (state === "disconnected" || state === "failed") {
      this.cancel();
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
      return;
    }
    if (!this.closed && this.timer === null && this.state !== "connected") this.restartIn(RECONNECT_WITHIN_MS);
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
