/**
 * One lane of a replay: its files one after the other, without a stall between them.
 *
 * Two elements take turns: while one plays, the other fetches the file that comes next, and is shown when it is due.
 */
import type { LaneView, SegmentView } from "@/protocol/generated";
import { Medium } from "@/rtc/replay/medium";
import { correction, nextSegment, segmentAt } from "@/rtc/replay/sync";

/** A lane that plays by an old address goes on by the renewed one so much later, in ms of the recording. */
const HANDOVER_MS = 3_000;
/** A file fetched ahead is not moved by less than this when its turn comes, in ms: it is nudged into step. */
const NEAR_MS = 250;
/** The next file is fetched so long before it is due, in ms of the recording. */
const AHEAD_MS = 10_000;

export class Seat {
  /** The file that is played; null where the lane has none. */
  segment: SegmentView | null = null;
  /** The file that cannot be played, not even by a fresh address; a seek tries it again. */
  broken: string | null = null;
  /** Whether `place` is at work. */
  placing = false;
  private media: Medium[];
  private turn = 0;
  /** Where on the recording's clock the hidden element takes over, by a renewed address. */
  private handoverMs: number | null = null;

  /**
   * @param elements one, or two of which the second is hidden
   * @param refresh has the lane's addresses renewed through `renew`
   */
  constructor(
    private lane: LaneView,
    elements: readonly HTMLVideoElement[],
    private readonly refresh: () => Promise<void>,
  ) {
    this.media = elements.map((element) => new Medium(element));
    this.show();
  }

  get laneId(): string {
    return this.lane.lane;
  }

  get element(): HTMLVideoElement {
    return this.front.element;
  }

  /** Where it plays on the recording's clock, in ms. */
  get positionMs(): number {
    return (this.segment?.offset_ms ?? 0) + this.element.currentTime * 1000;
  }

  /** Whether it could lead the others now. */
  get runs(): boolean {
    const { ended, paused, readyState } = this.element;
    return this.segment !== null && this.broken === null && !ended && !paused && readyState >= 2;
  }

  /** Take renewed addresses over: what plays goes on; the next file, and a seek to what is not here yet, use them. */
  renew(lane: LaneView): void {
    this.lane = lane;
    this.segment = lane.segments.find(({ segment_id: id }) => id === this.segment?.segment_id) ?? null;
  }

  /** Whether another file is due, or one for the first time, or none any more. */
  isElsewhere(positionMs: number): boolean {
    return segmentAt(this.lane, positionMs)?.segment_id !== this.segment?.segment_id;
  }

  /** Put the lane at a position: the right file, the right moment; resolves when it could play from there. */
  async place(positionMs: number): Promise<void> {
    const turn = ++this.turn;
    this.placing = true;
    await this.put(positionMs, turn);
    if (turn === this.turn) this.placing = false;
  }

  private async put(positionMs: number, turn: number): Promise<void> {
    const wanted = segmentAt(this.lane, positionMs);
    this.segment = wanted;
    this.broken = null;
    this.handoverMs = null;
    if (wanted === null) {
      this.element.pause();
      return;
    }
    const isAhead = !this.front.holds(wanted) && this.media[1]?.holds(wanted) === true;
    if (isAhead) this.swap();
    const atMs = positionMs - wanted.offset_ms;
    await this.front.open(wanted, atMs, isAhead ? NEAR_MS : 0);
    if (this.front.failed === null || turn !== this.turn) return;
    const fresh = await this.freshOf(wanted);
    if (turn !== this.turn) return;
    if (fresh) await this.front.open(fresh, atMs);
    if (this.front.failed !== null && turn === this.turn) this.broken = wanted.segment_id;
  }

  /** An address that works no more is renewed once; what then fails too is the file's own trouble. */
  private async freshOf(wanted: SegmentView): Promise<SegmentView | null> {
    const failed = this.front.failed;
    const now = () => this.lane.segments.find(({ segment_id: id }) => id === wanted.segment_id) ?? null;
    if (now()?.url === failed) await this.refresh();
    return now()?.url === failed ? null : now();
  }

  async start(rate: number): Promise<void> {
    if (this.segment === null || this.broken !== null) return;
    this.setRate(rate);
    await this.element.play().catch(() => undefined);
  }

  pause(): void {
    this.element.pause();
  }

  setRate(rate: number): void {
    this.element.playbackRate = rate;
  }

  /** Stay in step with the lane that leads; one that a hidden page's browser has paused goes on. */
  follow(positionMs: number, rate: number): void {
    const { element, segment } = this;
    if (segment === null || this.broken !== null || element.seeking || element.ended || element.readyState < 2) return;
    if (element.paused) void element.play().catch(() => undefined);
    const step = correction(this.positionMs - positionMs, rate);
    if (step.kind === "jump") element.currentTime = (positionMs - segment.offset_ms) / 1000;
    element.playbackRate = step.kind === "nudge" ? step.rate : rate;
  }

  /** Have the file that comes next fetched in good time, and what plays by an old address by the renewed one. */
  prepare(positionMs: number, rate: number): void {
    const [front, spare] = this.media;
    const next = nextSegment(this.lane, positionMs);
    if (!spare) return;
    if (next !== null && next.offset_ms - positionMs <= AHEAD_MS * rate) {
      this.handoverMs = null;
      if (!spare.holds(next)) void spare.open(next, 0);
    } else if (this.segment !== null && this.broken === null && !front!.isAt(this.segment)) {
      this.handOver(spare, this.segment, positionMs, rate);
    }
  }

  /**
   * Go on in the hidden element by the renewed address before the old one ends: what an element asks for by an address
   * that is over is refused, and the lane would stand still until it has loaded anew.
   */
  private handOver(spare: Medium, segment: SegmentView, positionMs: number, rate: number): void {
    if (this.handoverMs === null || !spare.isAt(segment)) {
      this.handoverMs = positionMs + HANDOVER_MS * rate;
      void spare.open(segment, this.handoverMs - segment.offset_ms);
    } else if (positionMs >= this.handoverMs) {
      const { isReady } = spare;
      this.handoverMs = null;
      if (!isReady) return;
      this.swap();
      void this.start(rate);
    }
  }

  close(): void {
    this.turn += 1;
    for (const medium of this.media) medium.empty();
  }

  private get front(): Medium {
    return this.media[0]!;
  }

  private swap(): void {
    this.element.pause();
    this.media = [this.media[1]!, this.media[0]!];
    this.show();
    this.media[1]!.empty();
  }

  private show(): void {
    this.media.forEach(({ element }, index) => (element.hidden = index > 0));
  }
}
