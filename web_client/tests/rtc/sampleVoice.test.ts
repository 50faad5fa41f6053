import { describe, expect, it } from "vitest";
import { voiceAt } from "@/rtc/sampleVoice";

const loudest = (from: number, to: number) =>
  Math.max(...Array.from({ length: 2000 }, (_, at) => Math.abs(voiceAt(from + ((to - from) * at) / 2000))));

describe("voiceAt", () => {
  it("speaks for a sentence and is silent in the pause", () => {
    expect(loudest(0, 2.4)).toBeGreaterThan(0.05);
    expect(loudest(2.41, 3.99)).toBe(0);
    expect(loudest(4, 6.4)).toBeGreaterThan(0.05);
  });

  it("never clips", () => {
    expect(loudest(0, 2.4)).toBeLessThan(1);
  });
});
