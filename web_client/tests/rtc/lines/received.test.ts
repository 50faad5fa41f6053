/** Two seconds of what a page received, from getStats before and after. */
import { describe, expect, it } from "vitest";
import { between, totalsOf } from "@/rtc/lines/received";
import type { Row } from "@/rtc/network/figures";

const audio = (more: Record<string, number>): Row => ({
  type: "inbound-rtp", id: "a", kind: "audio", totalSamplesReceived: 0, concealedSamples: 0, silentConcealedSamples: 0, jitterBufferDelay: 0, jitterBufferEmittedCount: 0, ...more,
});
const video = (id: string, more: Record<string, number>): Row => ({ type: "inbound-rtp", id, kind: "video", framesDecoded: 0, freezeCount: 0, totalFreezesDuration: 0, ...more });

describe("what is told of two seconds", () => {
  it("is the share of sound made up, without what was silent, and how long it was held", () => {
    const before = totalsOf([audio({ totalSamplesReceived: 1000, concealedSamples: 900, silentConcealedSamples: 100 })]);
    const after = totalsOf([
      audio({ totalSamplesReceived: 97_000, concealedSamples: 11_900, silentConcealedSamples: 1_500, jitterBufferDelay: 4800, jitterBufferEmittedCount: 96_000 }),
    ]);
    expect(between(before, after)).toEqual({ made_up: 100, freezes: 0, freeze_ms: 0, frames: null, buffer_ms: 50 });
  });

  it("is the picture that froze the longest and the one with the fewest frames", () => {
    const before = totalsOf([video("v", { framesDecoded: 100 }), video("w", { framesDecoded: 40 })]);
    const after = totalsOf([
      video("v", { framesDecoded: 160, freezeCount: 1, totalFreezesDuration: 0.3 }),
      video("w", { framesDecoded: 50, freezeCount: 2, totalFreezesDuration: 1.2 }),
    ]);
    expect(between(before, after)).toMatchObject({ freezes: 3, freeze_ms: 1200, frames: 10, made_up: null });
  });

  it("stays within what two seconds can hold, whatever a browser counts", () => {
    const after = totalsOf([video("v", { framesDecoded: 1e9, freezeCount: 1e9, totalFreezesDuration: 1e9 }), audio({ totalSamplesReceived: 1, concealedSamples: 1e9, jitterBufferDelay: 1e9, jitterBufferEmittedCount: 1 })]);
    expect(between(totalsOf([]), after)).toEqual({ made_up: 1000, freezes: 20, freeze_ms: 2000, frames: 240, buffer_ms: 10_000 });
  });

  it("never counts backwards when a stream begins anew, and takes what a browser leaves out for nothing", () => {
    const before = totalsOf([audio({ totalSamplesReceived: 5000, concealedSamples: 4000 })]);
    expect(between(before, totalsOf([{ type: "inbound-rtp", id: "a", kind: "audio" }]))).toEqual({ made_up: null, freezes: 0, freeze_ms: 0, frames: null, buffer_ms: null });
    expect(totalsOf([{ type: "outbound-rtp", id: "o" }, { type: "transport", id: "t" }]).size).toBe(0);
  });
});
