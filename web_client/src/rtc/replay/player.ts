/** Plays all lanes of a recording in step: one clock, one master with sound, followers corrected ten times a second. */
import type { LaneView, SegmentView } from "@/protocol/generated";
import { clamp, correction, segmentAt } from "@/rtc/replay/sync";

/** Between two corrections, in ms. */
const TICK_MS = 100;
/** Longest wait for a medium to be ready after a seek, in ms; the others go on without it. */
const READY_TIMEOUT_MS = 8_000;

export interface PlayerState {
  positionMs: number;
  playing: boolean;
  rate: number;
  waiting: boolean;
}

interface Seat {
  lane: LaneView;
  element: HTMLVideoElement;
  segment: SegmentView | null;
  /** The address its element loads from; a renewed one takes its place when it is needed. */
  url: string;
}

export class ReplayPlayer {
  private seats: Seat[] = [];
  private timer: ReturnType<typeof setInterval> | null = null;
  private state: PlayerState = { positionMs: 0, playing: false, rate: 1, waiting: false };
  private wallAt = 0;
  private turn = 0;

  /**
   * @param durationMs length of the recording's clock
   * @param onChange hears every change of position and state
   * @param refresh fetches fresh addresses and hands them to `renew`; asked for when one works no more
   */
  constructor(
    private readonly durationMs: number,
    private readonly onChange: (state: PlayerState) => void,
    private readonly refresh: () => Promise<void>,
  ) {}

  /** Give a lane the element it plays in. */
  attach(lane: LaneView, element: HTMLVideoElement): void {
    this.seats = this.seats.filter((seat) => seat.lane.lane !== lane.lane);
    element.preload = "auto";
    const seat: Seat = { lane, element, segment: null, url: "" };
    this.seats.push(seat);
    // In the middle of playing: a seek looks after itself.
    element.addEventListener("error", () => void (this.state.playing && !this.state.waiting && this.place(seat, this.state.positionMs, true)));
  }

  /** Take renewed addresses over: what plays goes on; the next file, and a seek to what is not here yet, use them. */
  renew(lanes: readonly LaneView[]): void {
    for (const seat of this.seats) {
      const fresh = lanes.find((lane) => lane.lane === seat.lane.lane);
      if (!fresh) continue;
      seat.lane = fresh;
      seat.segment = fresh.segments.find((segment) => segment.segment_id === seat.segment?.segment_id) ?? null;
    }
  }

  async play(): Promise<void> {
    if (this.state.positionMs >= this.durationMs) await this.seek(0);
    this.update({ playing: true });
    await this.seek(this.state.positionMs);
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  pause(): void {
    this.turn += 1;
    for (const seat of this.seats) seat.element.pause();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.update({ playing: false, waiting: false });
  }

  setRate(rate: number): void {
    for (const seat of this.seats) seat.element.playbackRate = rate;
    this.update({ rate });
  }

  /** Pause all, set all, wait for all, then go on: nobody starts ahead of the others. */
  async seek(positionMs: number): Promise<void> {
    const turn = ++this.turn;
    const target = clamp(positionMs, this.durationMs);
    this.update({ positionMs: target, waiting: true });
    for (const seat of this.seats) seat.element.pause();
    await Promise.all(this.seats.map((seat) => this.place(seat, target)));
    if (turn !== this.turn) return;
    this.wallAt = performance.now();
    this.update({ waiting: false });
    if (this.state.playing) await this.startAll();
  }

  /** Stop for good and let go of the media. */
  close(): void {
    this.pause();
    for (const seat of this.seats) seat.element.removeAttribute("src");
    this.seats = [];
  }

  private async startAll(): Promise<void> {
    const active = this.seats.filter((seat) => seat.segment !== null);
    for (const seat of active) seat.element.playbackRate = this.state.rate;
    await Promise.all(active.map((seat) => seat.element.play().catch(() => undefined)));
  }

  private tick(): void {
    if (!this.state.playing || this.state.waiting) return;
    const now = performance.now();
    const master = this.master();
    const positionMs = master
      ? positionOf(master)
      : this.state.positionMs + (now - this.wallAt) * this.state.rate;
    this.wallAt = now;
    if (positionMs >= this.durationMs) {
      this.pause();
      this.update({ positionMs: this.durationMs });
      return;
    }
    this.update({ positionMs });
    for (const seat of this.seats) if (seat !== master) this.follow(seat, positionMs);
    if (master && segmentAt(master.lane, positionMs) !== master.segment) void this.place(master, positionMs, true);
  }

  /** The lane whose sound leads; any running picture when nobody has sound now. */
  private master(): Seat | null {
    const running = this.seats.filter(
      (seat) => seat.segment !== null && !seat.element.ended && !seat.element.paused && seat.element.readyState >= 2,
    );
    return running.find((seat) => seat.segment?.has_audio) ?? running[0] ?? null;
  }

  private follow(seat: Seat, positionMs: number): void {
    const wanted = segmentAt(seat.lane, positionMs);
    if (wanted !== seat.segment) {
      void this.place(seat, positionMs, true);
      return;
    }
    if (wanted === null || seat.element.seeking || seat.element.readyState < 2) return;
    const step = correction(positionOf(seat) - positionMs, this.state.rate);
    if (step.kind === "jump") seat.element.currentTime = (positionMs - wanted.offset_ms) / 1000;
    seat.element.playbackRate = step.kind === "nudge" ? step.rate : this.state.rate;
  }

  /** Put a seat at a position: the right file, the right time; resolves when it could play from there. */
  private async place(seat: Seat, positionMs: number, start = false): Promise<void> {
    const wanted = segmentAt(seat.lane, positionMs);
    const changed = wanted?.segment_id !== seat.segment?.segment_id;
    seat.segment = wanted;
    if (wanted === null) {
      seat.element.pause();
      return;
    }
    const at = (positionMs - wanted.offset_ms) / 1000;
    const renewed = seat.url !== wanted.url && (seat.element.error !== null || !isHere(seat.element, at));
    if (changed || renewed || !seat.element.src) load(seat, wanted);
    seat.element.currentTime = at;
    await ready(seat.element);
    if (seat.element.error !== null) await this.tryFresh(seat, wanted, at);
    if (start && this.state.playing && seat.segment?.segment_id === wanted.segment_id) {
      seat.element.playbackRate = this.state.rate;
      await seat.element.play().catch(() => undefined);
    }
  }

  /** An address that works no more is renewed once; the new one that fails too is the file's own trouble. */
  private async tryFresh(seat: Seat, wanted: SegmentView, at: number): Promise<void> {
    const { url } = seat;
    await this.refresh();
    const fresh = seat.lane.segments.find(({ segment_id: id }) => id === wanted.segment_id);
    if (!fresh || fresh.url === url || seat.segment?.segment_id !== wanted.segment_id) return;
    load(seat, fresh);
    seat.element.currentTime = at;
    await ready(seat.element);
  }

  private update(change: Partial<PlayerState>): void {
    this.state = { ...this.state, ...change };
    this.onChange(this.state);
  }
}

function load(seat: Seat, segment: SegmentView): void {
  seat.url = segment.url;
  seat.element.src = segment.url;
}

/** Whether this moment can be played without asking the server. */
function isHere(element: HTMLMediaElement, at: number): boolean {
  const { buffered } = element;
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= at && at <= buffered.end(index)) return true;
  }
  return false;
}

function positionOf(seat: Seat): number {
  return (seat.segment?.offset_ms ?? 0) + seat.element.currentTime * 1000;
}

function ready(element: HTMLMediaElement): Promise<void> {
  if (!element.seeking && element.readyState >= 3) return Promise.resolve();
  return new Promise((resolve) => {
    const events = ["seeked", "canplay", "error"] as const;
    const timer = setTimeout(done, READY_TIMEOUT_MS);
    function done(): void {
      if (element.error === null && (element.seeking || element.readyState < 3) && performance.now() < limit) return;
      clearTimeout(timer);
      for (const name of events) element.removeEventListener(name, done);
      resolve();
    }
    const limit = performance.now() + READY_TIMEOUT_MS - 1;
    for (const name of events) element.addEventListener(name, done);
  });
}
