/** One media element of a replay: which file it holds, by which address, and whether it can play from a moment. */
import type { SegmentView } from "@/protocol/generated";

/** Longest wait for a medium to be ready after a seek, in ms; the others go on without it. */
const READY_TIMEOUT_MS = 8_000;

export class Medium {
  private held: SegmentView | null = null;
  /** The address it loads from; a renewed one takes its place when it is needed. */
  private url = "";

  constructor(readonly element: HTMLVideoElement) {
    element.preload = "auto";
  }

  holds(segment: SegmentView): boolean {
    return this.held?.segment_id === segment.segment_id;
  }

  /**
   * Get ready to play `segment` from `atMs` of it; resolves when it is, or after a while.
   *
   * What is here already is asked of nobody; what is not is asked for by the segment's present address.
   *
   * @param nearMs so far from there is there
   */
  async open(segment: SegmentView, atMs: number, nearMs = 0): Promise<void> {
    const at = atMs / 1000;
    const outdated = this.url !== segment.url && (this.element.error !== null || !isHere(this.element, at));
    if (!this.holds(segment) || outdated || this.element.error !== null) {
      this.url = segment.url;
      this.element.src = segment.url;
    }
    this.held = segment;
    if (Math.abs(this.element.currentTime - at) * 1000 > nearMs) this.element.currentTime = at;
    await ready(this.element);
  }

  /** Let go of the file, its memory and its connection. */
  empty(): void {
    if (this.held === null) return;
    this.held = null;
    this.url = "";
    this.element.removeAttribute("src");
    this.element.load();
  }

  /** Whether its address is that of `segment`: a renewed one is another. */
  isAt(segment: SegmentView): boolean {
    return this.holds(segment) && this.url === segment.url;
  }

  /** Whether it could play on from where it stands. */
  get isReady(): boolean {
    return this.element.error === null && !this.element.seeking && this.element.readyState >= 3;
  }

  /** The address that did not work, if none does. */
  get failed(): string | null {
    return this.element.error === null ? null : this.url;
  }
}

/** Whether this moment can be played without asking the server. */
function isHere(element: HTMLMediaElement, at: number): boolean {
  const { buffered } = element;
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= at && at <= buffered.end(index)) return true;
  }
  return false;
}

function ready(element: HTMLMediaElement): Promise<void> {
  const isReady = () => element.error !== null || (!element.seeking && element.readyState >= 3);
  if (isReady()) return Promise.resolve();
  return new Promise((resolve) => {
    const events = ["seeked", "canplay", "error"] as const;
    const timer = setTimeout(done, READY_TIMEOUT_MS);
    function done(): void {
      clearTimeout(timer);
      for (const name of events) element.removeEventListener(name, look);
      resolve();
    }
    function look(): void {
      if (isReady()) done();
    }
    for (const name of events) element.addEventListener(name, look);
  });
}
