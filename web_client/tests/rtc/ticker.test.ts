import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** A worker whose script is there, or gone. */
class FakeWorker {
  static made: FakeWorker[] = [];
  onmessage: ((event: { data: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly told: [number, number][] = [];
  terminated = false;

  constructor() {
    FakeWorker.made.push(this);
  }

  postMessage(message: [number, number]): void {
    this.told.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  vi.stubGlobal("Worker", FakeWorker);
  FakeWorker.made = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("What beats while it rings", () => {
  it("is one worker, loaded before anything rings", async () => {
    const { prepareTicker, startTicker } = await import("@/rtc/ticker");
    prepareTicker();
    expect(FakeWorker.made).toHaveLength(1);
    const ring = vi.fn();
    const stop = startTicker(3_000, ring);
    startTicker(250, vi.fn());
    expect(FakeWorker.made).toHaveLength(1);
    const [worker] = FakeWorker.made;
    expect(worker!.told).toEqual([[1, 3_000], [2, 250]]);
    worker!.onmessage!({ data: 1 });
    stop();
    worker!.onmessage!({ data: 1 });
    expect(ring).toHaveBeenCalledTimes(1);
    expect(worker!.told.at(-1)).toEqual([1, 0]);
  });

  it("goes on by the page's own timers when the worker's file is gone: four tones, then silence", async () => {
    const { startTicker } = await import("@/rtc/ticker");
    const ring = vi.fn();
    const stop = startTicker(3_000, ring);
    FakeWorker.made[0]!.onerror!();
    vi.advanceTimersByTime(9_000);
    expect(ring).toHaveBeenCalledTimes(3);
    stop();
    vi.advanceTimersByTime(9_000);
    expect(ring).toHaveBeenCalledTimes(3);
  });
});
