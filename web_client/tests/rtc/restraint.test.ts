import { describe, expect, it } from "vitest";
import { rateOf, restraintOf } from "@/rtc/restraint";

const THREE = [60_000, 150_000, 400_000].map((maxBitrate) => ({ maxBitrate, maxFramerate: 15 }));
const ONE = [{ maxBitrate: 1_200_000, maxFramerate: 8 }];
const SHARES = ["whole", "lower", "least", "none"] as const;

describe("A step of the ladder for the encodings of a picture", () => {
  it("stops the best one, then all but the lowest with fewer frames", () => {
    expect(SHARES.map((share) => restraintOf("camera", share, THREE))).toEqual([
      { maxLayer: 2, maxFramerate: 15, maxBitrate: null },
      { maxLayer: 1, maxFramerate: 15, maxBitrate: null },
      { maxLayer: 0, maxFramerate: 5, maxBitrate: null },
      { maxLayer: 0, maxFramerate: 5, maxBitrate: null },
    ]);
  });

  it("takes bits from a single one, and from a desktop only with its frames", () => {
    expect(SHARES.map((share) => restraintOf("camera", share, [THREE[2]!]).maxBitrate)).toEqual([400_000, 160_000, 80_000, 80_000]);
    expect(restraintOf("desktop", "lower", ONE)).toEqual({ maxLayer: 0, maxFramerate: 8, maxBitrate: 1_200_000 });
    expect(restraintOf("desktop", "least", ONE)).toEqual({ maxLayer: 0, maxFramerate: 3, maxBitrate: 420_000 });
  });

  it("never asks for more frames than the track was made for", () => {
    expect(restraintOf("document_camera", "least", [{ maxBitrate: 1, maxFramerate: 1 }]).maxFramerate).toBe(1);
  });

  it("counts what may be sent of what is wanted", () => {
    const rates = (share: (typeof SHARES)[number], wanted: number) => rateOf(restraintOf("camera", share, THREE), THREE, wanted);
    expect([rates("whole", Infinity), rates("whole", 0), rates("lower", 2), rates("whole", -1)]).toEqual([610_000, 60_000, 210_000, 0]);
    expect(rateOf(restraintOf("desktop", "least", ONE), ONE, Infinity)).toBe(420_000);
    expect(rateOf(restraintOf("desktop", "whole", ONE), ONE, -1)).toBe(0);
  });
});
