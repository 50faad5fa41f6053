/** Whether this page is in a session: it joins, comes back after every kind of loss, and stays away once superseded. */
import { ref, shallowRef } from "vue";
import { OfflineError, ServerError } from "@/protocol/errors";
import type { SnapshotView } from "@/protocol/generated";
import { signal, type SocketState } from "@/protocol/socket";

export type Phase = "idle" | "joining" | "live" | "reconnecting" | "superseded" | "failed";

/** What the page does about it. */
export interface AttendanceActions {
  /** Another session begins: forget the last one. */
  begin(): void;
  /** Show what the server says; `kept` when the transports outlived the loss, else they are built anew. */
  settle(snapshot: SnapshotView, kept: boolean): Promise<void>;
  /** Whether there are transports that may have outlived the loss. */
  holdsMedia(): boolean;
  /** Close the transports; the session goes on. */
  closeMedia(): void;
  /** Another window has the session: close everything, devices too. */
  yieldSession(): void;
  /** The session is over for this page. */
  end(): void;
}

/** Time before a failed rejoin is tried again, in ms. */
const REJOIN_AFTER_MS = 2_000;
/** Refusals of a rejoin that no later attempt changes: the call ended, or went on with somebody else. */
const OVER: readonly string[] = ["not_in_call", "bad_state", "call_not_found"];

export class Attendance {
  readonly phase = ref<Phase>("idle");
  readonly error = shallowRef<unknown>(null);
  readonly callId = ref<string | null>(null);
  /** Of my seat; null before the first snapshot. */
  readonly generation = ref<number | null>(null);
  private epoch: string | null = null;
  private joining: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly actions: AttendanceActions) {}

  /** Id of the call; throws outside a session. */
  here(): string {
    if (!this.callId.value) throw new Error("not in a session");
    return this.callId.value;
  }

  /** Join this call, or come back into it; calling it again while joined changes nothing. */
  async join(id: string): Promise<void> {
    if (this.callId.value === id && (this.phase.value === "live" || this.phase.value === "reconnecting")) return;
    if (this.joining && this.callId.value === id) return this.joining;
    if (this.callId.value !== id) {
      this.leave();
      this.callId.value = id;
      this.actions.begin();
    }
    this.phase.value = "joining";
    await this.enter();
  }

  /** Take this call over again after another window had it. */
  async takeBack(): Promise<void> {
    if (this.phase.value !== "superseded" || !this.callId.value) return;
    this.phase.value = "joining";
    await this.enter();
  }

  leave(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.actions.end();
    this.phase.value = "idle";
    this.callId.value = null;
    this.generation.value = null;
    this.epoch = null;
  }

  /** The server knows this channel: come back into the session. */
  welcomed(): void {
    if (this.callId.value && (this.phase.value === "live" || this.phase.value === "reconnecting")) void this.enter();
  }

  channelChanged(state: SocketState): void {
    if (state === "disconnected" && this.phase.value === "live") this.phase.value = "reconnecting";
    if (state === "idle" && this.callId.value) this.leave();
  }

  superseded(): void {
    this.actions.yieldSession();
    this.phase.value = "superseded";
  }

  /** The transports are beyond repair: join as a new generation. */
  rebuild(): void {
    this.actions.closeMedia();
    if (!this.callId.value || this.phase.value === "superseded") return;
    this.phase.value = "reconnecting";
    if (signal.state === "connected") void this.enter();
  }

  private enter(): Promise<void> {
    this.joining ??= this.enterOnce().finally(() => (this.joining = null));
    return this.joining;
  }

  private async enterOnce(): Promise<void> {
    const id = this.callId.value;
    if (!id) return;
    try {
      const held = this.actions.holdsMedia() ? { generation: this.generation.value, epoch: this.epoch } : {};
      const snapshot = await signal.emitCommand("call.join", { call_id: id, ...held });
      if (this.callId.value !== id) return;
      await this.settle(snapshot);
      this.phase.value = "live";
      this.error.value = null;
    } catch (reason) {
      if (this.callId.value === id) this.joinFailed(reason);
    }
  }

  private settle(snapshot: SnapshotView): Promise<void> {
    const { generation, media } = snapshot;
    const same = this.generation.value === generation && this.epoch === media.epoch;
    this.generation.value = generation;
    this.epoch = media.epoch;
    return this.actions.settle(snapshot, same && this.actions.holdsMedia());
  }

  private joinFailed(reason: unknown): void {
    this.error.value = reason;
    if (reason instanceof OfflineError) this.phase.value = "reconnecting";
    else if (this.generation.value === null) this.phase.value = "failed";
    else if (reason instanceof ServerError && OVER.includes(reason.code)) this.leave();
    else this.scheduleRejoin();
  }

  private scheduleRejoin(): void {
    this.phase.value = "reconnecting";
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.enter(), REJOIN_AFTER_MS);
  }
}
