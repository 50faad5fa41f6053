import { describe, expect, it } from "vitest";
import { levelOf } from "@/rtc/meter";

const sine = (amplitude: number) => Float32Array.from({ length: 1024 }, (_, at) => amplitude * Math.sin(at / 5));

describe("levelOf", () => {
  it("is zero in silence and below the floor", () => {
    expect(levelOf(new Float32Array(1024))).toBe(0);
    expect(levelOf(sine(0.0005))).toBe(0);
  });

  it("grows with loudness and ends at one", () => {
    expect(levelOf(sine(0.1))).toBeGreaterThan(levelOf(sine(0.01)));
    expect(levelOf(new Float32Array(64).fill(1))).toBe(1);
  });

  it("puts −20 dBFS at two thirds of the bar", () => {
    expect(levelOf(new Float32Array(64).fill(0.1))).toBeCloseTo(2 / 3, 2);
  });
});
