/** Plays all lanes of a recording in step: one clock, one master with sound, followers corrected ten times a second. */
import type { LaneView } from "@/protocol/generated";
import { Seat } from "@/rtc/replay/seat";
import { clamp } from "@/rtc/replay/sync";

/** Between two corrections, in ms. */
const TICK_MS = 100;

export interface PlayerState {
  positionMs: number;
  playing: boolean;
  rate: number;
  waiting: boolean;
  /** Lanes whose file of this moment cannot be played. */
  broken: readonly string[];
}

/** Before anything is played. */
export const AT_REST: PlayerState = { positionMs: 0, playing: false, rate: 1, waiting: false, broken: [] };

export class ReplayPlayer {
  private seats: Seat[] = [];
  private timer: ReturnType<typeof setInterval> | null = null;
  private state = AT_REST;
  private wallAt = 0;
  private turn = 0;
  private readonly atOnce = () => this.tick();

  /**
   * @param durationMs length of the recording's clock
   * @param onChange hears every change of position and state
   * @param refresh fetches fresh addresses and hands them to `renew`; asked for when one works no more
   */
  constructor(
    private readonly durationMs: number,
    private readonly onChange: (state: PlayerState) => void,
    private readonly refresh: () => Promise<void>,
  ) {
    // Timers of a hidden page come once a second, later once a minute: files that end and pages that are back do not wait.
    document.addEventListener("visibilitychange", this.atOnce);
  }

  /** Give a lane the elements it plays in: one, or two that take turns. */
  attach(lane: LaneView, elements: readonly HTMLVideoElement[]): void {
    const seat = new Seat(lane, elements, this.refresh);
    this.seats.push(seat);
    for (const element of elements) {
      element.addEventListener("error", () => void (element === seat.element && this.onError(seat)));
      element.addEventListener("ended", this.atOnce);
    }
  }

  /** Take renewed addresses over. */
  renew(lanes: readonly LaneView[]): void {
    for (const seat of this.seats) {
      const fresh = lanes.find((lane) => lane.lane === seat.laneId);
      if (fresh) seat.renew(fresh);
    }
  }

  async play(): Promise<void> {
    const from = this.state.positionMs >= this.durationMs ? 0 : this.state.positionMs;
    this.update({ playing: true });
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
    await this.seek(from);
  }

  pause(): void {
    this.turn += 1;
    for (const seat of this.seats) seat.pause();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.update({ playing: false, waiting: false });
  }

  setRate(rate: number): void {
    for (const seat of this.seats) seat.setRate(rate);
    this.update({ rate });
  }

  /** Pause all, set all, wait for all, then go on: nobody starts ahead of the others. */
  async seek(positionMs: number): Promise<void> {
    const turn = ++this.turn;
    const target = clamp(positionMs, this.durationMs);
    this.update({ positionMs: target, waiting: true });
    for (const seat of this.seats) seat.pause();
    await Promise.all(this.seats.map((seat) => seat.place(target)));
    if (turn !== this.turn) return;
    this.wallAt = performance.now();
    this.update({ waiting: false, broken: this.broken() });
    if (this.state.playing) await Promise.all(this.seats.map((seat) => seat.start(this.state.rate)));
  }

  /** Stop for good and let go of the media. */
  close(): void {
    this.pause();
    document.removeEventListener("visibilitychange", this.atOnce);
    for (const seat of this.seats) seat.close();
    this.seats = [];
  }

  private tick(): void {
    if (!this.state.playing || this.state.waiting) return;
    const now = performance.now();
    const master = this.master();
    const positionMs = master ? master.positionMs : this.state.positionMs + (now - this.wallAt) * this.state.rate;
    this.wallAt = now;
    if (positionMs >= this.durationMs) {
      this.pause();
      this.update({ positionMs: this.durationMs });
      return;
    }
    this.update({ positionMs });
    for (const seat of this.seats) {
      if (seat.isElsewhere(positionMs)) void this.move(seat, positionMs);
      else if (seat !== master) seat.follow(positionMs, this.state.rate);
      seat.prepare(positionMs, this.state.rate);
    }
  }

  /** One lane goes on in another file while the others play. */
  private async move(seat: Seat, positionMs: number): Promise<void> {
    const turn = this.turn;
    await seat.place(positionMs);
    if (turn !== this.turn) return;
    this.update({ broken: this.broken() });
    if (this.state.playing) await seat.start(this.state.rate);
  }

  /** A file stopped working while it was played; a seek looks after itself, and so does a place. */
  private onError(seat: Seat): void {
    if (this.state.playing && !this.state.waiting && !seat.placing && seat.broken === null) void this.move(seat, this.state.positionMs);
  }

  /** The lane whose sound leads; any running picture when nobody has sound now. */
  private master(): Seat | null {
    const running = this.seats.filter((seat) => seat.runs);
    return running.find((seat) => seat.segment?.has_audio) ?? running[0] ?? null;
  }

  private broken(): string[] {
    return this.seats.filter((seat) => seat.broken !== null).map((seat) => seat.laneId);
  }

  private update(change: Partial<PlayerState>): void {
    this.state = { ...this.state, ...change };
    this.onChange(this.state);
  }
}
