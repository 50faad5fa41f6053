/** This page's seat in a session: joins, comes back after every kind of loss, and stays away once superseded. */
import { ref, shallowRef } from "vue";
import { elapsed } from "@/protocol/clock";
import { NoAnswerError, ServerError } from "@/protocol/errors";
import type { SnapshotView } from "@/protocol/generated";
import { signal, type SocketState } from "@/protocol/socket";
import { follow, type Effect, type Happening, type Phase } from "@/state/session/phases";

/** What the page does about it. */
export interface AttendanceActions {
  /** Another session begins: forget the last one. */
  begin(): void;
  /** Show what the server says; `kept` when the transports outlived the loss, else they are built anew. */
  settle(snapshot: SnapshotView, kept: boolean): Promise<void>;
  /** Whether there are whole transports that may have outlived the loss. */
  holdsMedia(): boolean;
  /** Close the transports; the session goes on. */
  closeMedia(): void;
  /** Another window has the session: close everything, devices too. */
  yieldSession(): void;
  /** The session is over for this page. */
  end(): void;
}

/** Time before a failed attempt to enter is followed by the next, in ms. */
const REJOIN_AFTER_MS = 2_000;
/** So many attempts in a row are made by themselves; each waits for its answers up to half a minute. */
const ATTEMPTS = 8;
/** Transports lost so often within this time, in ms, cannot be had here: the person is told, and asked. */
const LOSSES = 5;
const LOSSES_WITHIN_MS = 240_000;
/** Transports lost twice within this time, in ms, are not built at once a second time: something is wrong with them all. */
const LOST_AGAIN_WITHIN_MS = 10_000;
/** Refusals of a rejoin that no later attempt changes: the call ended, or went on with somebody else. */
const OVER: readonly string[] = ["not_in_call", "bad_state", "call_not_found"];

export class Attendance {
  readonly phase = ref<Phase>("idle");
  readonly error = shallowRef<unknown>(null);
  readonly callId = ref<string | null>(null);
  /** Of my seat; null before the first snapshot. */
  readonly generation = ref<number | null>(null);
  private epoch: string | null = null;
  /** Counts attempts to enter: what an earlier one learns means nothing any more. */
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Attempts that failed since the last one that succeeded. */
  private failures = 0;
  /** When the transports were lost lately, on the page's own clock. */
  private losses: number[] = [];

  constructor(private readonly actions: AttendanceActions) {}

  /** Id of the call; throws outside a session. */
  here(): string {
    if (!this.callId.value) throw new Error("not in a session");
    return this.callId.value;
  }

  /** Join this call; asking again while joining, joined or superseded changes nothing. */
  join(id: string): void {
    if (this.callId.value !== id) {
      this.leave();
      this.callId.value = id;
      this.actions.begin();
    }
    this.take("join");
  }

  /** Take this call over again after another window had it. */
  takeBack(): void {
    this.take("take_back");
  }

  /** Do not wait for the next attempt. */
  retryNow(): void {
    this.failures = 0;
    this.take("retry_now");
  }

  leave(): void {
    this.take("leave");
  }

  /** The server knows this channel. */
  welcomed(): void {
    this.take("welcomed");
  }

  channelChanged(state: SocketState): void {
    if (state === "disconnected") this.take("channel_lost");
    if (state === "idle") this.leave();
  }

  superseded(): void {
    this.take("superseded");
  }

  /** The media process was replaced: join as a new generation. */
  rebuild(): void {
    this.take("media_lost");
  }

  /** The transports are beyond repair: the same, but not in a tight circle. */
  mediaLost(): void {
    const now = elapsed();
    const again = now - (this.losses.at(-1) ?? -Infinity) < LOST_AGAIN_WITHIN_MS;
    this.losses = [...this.losses.filter((at) => now - at < LOSSES_WITHIN_MS), now];
    if (this.losses.length < LOSSES) return this.take(again ? "media_lost_again" : "media_lost");
    this.losses = [];
    this.error.value = new ServerError("no_media_path", "");
    this.take("exhausted");
  }

  private take(happening: Happening): void {
    const step = follow(this.phase.value, happening);
    if (!step) return;
    this.phase.value = step.phase;
    step.effects.forEach((effect) => this.perform(effect));
  }

  private perform(effect: Effect): void {
    this.cancelRetry();
    if (effect === "retry_later") {
      this.timer = setTimeout(() => this.take("retry_due"), REJOIN_AFTER_MS);
      return;
    }
    this.attempt += 1;
    if (effect === "enter") void this.enter(this.attempt);
    else if (effect === "close_media") this.actions.closeMedia();
    else if (effect === "yield") this.actions.yieldSession();
    else if (effect === "end") this.forget();
  }

  private forget(): void {
    this.actions.end();
    this.callId.value = null;
    this.generation.value = null;
    this.epoch = null;
    this.failures = 0;
    this.losses = [];
  }

  /** Without a channel there is nothing to ask: it begins with the next welcome. */
  private async enter(attempt: number): Promise<void> {
    if (signal.state !== "connected") return this.take("channel_lost");
    try {
      const held = this.actions.holdsMedia() ? { generation: this.generation.value, epoch: this.epoch } : {};
      const snapshot = await signal.emitCommand("call.join", { call_id: this.here(), ...held });
      if (attempt !== this.attempt) return;
      await this.settle(snapshot);
      if (attempt !== this.attempt) return;
      this.error.value = null;
      this.failures = 0;
      this.take("entered");
    } catch (reason) {
      if (attempt !== this.attempt) return;
      this.error.value = reason;
      this.take(this.meaning(reason));
    }
  }

  private settle(snapshot: SnapshotView): Promise<void> {
    const { generation, media } = snapshot;
    const same = this.generation.value === generation && this.epoch === media.epoch;
    this.generation.value = generation;
    this.epoch = media.epoch;
    return this.actions.settle(snapshot, same && this.actions.holdsMedia());
  }

  /** What a failed attempt says about the next one. */
  private meaning(reason: unknown): Happening {
    if (reason instanceof NoAnswerError) return this.failed();
    const code = reason instanceof ServerError ? reason.code : "";
    if (code === "superseded") return "superseded";
    if (this.generation.value === null) return "refused";
    return OVER.includes(code) ? "over" : this.failed();
  }

  private failed(): Happening {
    this.failures += 1;
    if (this.failures < ATTEMPTS) return "failed";
    this.failures = 0;
    return "exhausted";
  }

  private cancelRetry(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
