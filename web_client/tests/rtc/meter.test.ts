import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LevelMeter, UnmeasuredError, levelOf } from "@/rtc/meter";

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

/** An AudioContext as Firefox has it: it listens only to microphones of its own rate. */
class Context {
  static made: Context[] = [];
  state = "running";
  closed = false;
  readonly sampleRate: number;

  constructor({ sampleRate = 48_000 }: { sampleRate?: number } = {}) {
    if (sampleRate === 32_000) throw new DOMException("no such rate", "NotSupportedError");
    this.sampleRate = sampleRate;
    Context.made.push(this);
  }

  createMediaStreamSource() {
    if (this.sampleRate !== microphoneHz) throw new DOMException("different sample-rate", "NotSupportedError");
    return { connect: () => undefined, disconnect: () => undefined, context: this };
  }

  async resume(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
  }
}

let microphoneHz = 48_000;

describe("A meter of a microphone with another rate", () => {
  beforeEach(() => {
    vi.stubGlobal("AudioContext", Context);
    vi.stubGlobal("MediaStream", class {});
    vi.stubGlobal("AnalyserNode", class { fftSize = 1024; });
  });
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ["told", 16_000, 16_000],
    ["not told", 8_000, undefined],
    ["told wrongly", 44_100, 48_000],
  ])("that is %s listens in a context of that rate, and closes all it made", (_, hz, told) => {
    microphoneHz = hz;
    const meter = new LevelMeter({ getSettings: () => ({ sampleRate: told }) } as MediaStreamTrack);
    expect(meter.runs).toBe(true);
    meter.stop();
    const [, ...own] = Context.made;
    expect(own.filter(({ closed }) => !closed)).toEqual([]);
  });

  it("that no context hears says that it cannot be measured", () => {
    microphoneHz = 11_025;
    expect(() => new LevelMeter({ getSettings: () => ({}) } as MediaStreamTrack)).toThrow(UnmeasuredError);
  });
});
