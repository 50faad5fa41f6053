import { describe, expect, it } from "vitest";

import { MAX_POINTS, MIN_INTERVAL_MS, StrokeBuffer } from "@/components/session/strokes";

describe("StrokeBuffer", () => {
  it("sends the first point at once and gathers the next", () => {
    const buffer = new StrokeBuffer("s1");
    expect(buffer.add([0.1, 0.1], 1000)?.points).toEqual([[0.1, 0.1]]);
    expect(buffer.add([0.2, 0.1], 1010)).toBeNull();
    expect(buffer.nextDeadline()).toBe(1000 + MIN_INTERVAL_MS);
    expect(buffer.flush(1020)).toBeNull();
    expect(buffer.flush(1000 + MIN_INTERVAL_MS)?.points).toEqual([[0.2, 0.1]]);
    expect(buffer.nextDeadline()).toBeNull();
  });

  it("never sends more than twenty messages a second", () => {
    const buffer = new StrokeBuffer("s1");
    let messages = 0;
    for (let now = 0; now < 1000; now += 4) {
      if (buffer.add([now / 1000, 0.5], now)) messages += 1;
    }
    expect(messages).toBeLessThanOrEqual(20);
    expect(messages).toBeGreaterThan(10);
  });

  it("drops points that say nothing new", () => {
    const buffer = new StrokeBuffer("s1");
    buffer.add([0.5, 0.5], 0);
    buffer.add([0.5002, 0.5], 1);
    expect(buffer.nextDeadline()).toBeNull();
  });

  it("ends with a part marked done, even when everything was sent", () => {
    const buffer = new StrokeBuffer("s1");
    buffer.add([0.5, 0.5], 0);
    expect(buffer.finish(5)).toEqual({ strokeId: "s1", points: [[0.5, 0.5]], done: true });
    expect(new StrokeBuffer("s2").finish(0)).toBeNull();
  });

  it("keeps a part within the size the message type accepts", () => {
    const buffer = new StrokeBuffer("s1");
    buffer.add([0, 0], 0);
    let largest = 0;
    for (let i = 1; i <= 450; i += 1) {
      const part = buffer.add([i / 450, (i % 2) / 2], 1);
      largest = Math.max(largest, part?.points.length ?? 0);
    }
    expect(largest).toBe(MAX_POINTS);
  });
});
