import { describe, expect, it } from "vitest";
import { LineSamples } from "@/rtc/lineSample";
import type { Row } from "@/rtc/network/figures";

const picture = (reason: string, targetBitrate?: number): Row => ({ type: "outbound-rtp", kind: "video", qualityLimitationReason: reason, targetBitrate });
/** So many packets were sent of a kind, and so many of them lost, since the beginning. */
const report = (kind: string, packetsSent: number, packetsLost: number, roundTripTime: number): Row[] => [
  { type: "outbound-rtp", kind, packetsSent },
  { type: "remote-inbound-rtp", kind, packetsLost, fractionLost: 0.9, roundTripTime },
];
const sound = (packetsReceived: number, packetsLost: number): Row => ({ type: "inbound-rtp", kind: "audio", packetsReceived, packetsLost });

/** After two seconds in which so much was sent. */
function held(rows: Row[], askedBps: number, sentBps = 1_000_000): string | null {
  const samples = new LineSamples();
  const at = (timestamp: number, bytesSent: number) => rows.map((row, index) => ({ ...row, timestamp, bytesSent: index === 0 ? bytesSent : 0 }));
  samples.take(at(1_000, 0), askedBps);
  return samples.take(at(3_000, sentBps / 4), askedBps).held;
}

describe("Why the browser sends less", () => {
  it("is the line only where the rates it aims at say so too", () => {
    expect(held([picture("bandwidth", 100_000), picture("none", 100_000)], 800_000)).toBe("rate");
    expect(held([picture("bandwidth", 380_000)], 400_000)).toBeNull();
    expect(held([picture("none", 100_000)], 400_000)).toBeNull();
    expect(new LineSamples().take([picture("bandwidth", 100_000)], 400_000).held).toBeNull();
  });

  it("is not the line while the picture needs less than is aimed at", () => {
    expect(held([picture("bandwidth", 250_000)], 400_000, 60_000)).toBeNull();
    expect(held([picture("bandwidth", 250_000)], 400_000, 220_000)).toBe("rate");
  });

  it("is the PC when it says so, and unknown where it says nothing", () => {
    expect(held([picture("cpu", 400_000)], 400_000)).toBe("slow_pc");
    expect(held([picture("bandwidth")], 400_000)).toBeNull();
    expect(held([{ type: "outbound-rtp", kind: "video" }], 400_000)).toBeNull();
    expect(held([{ ...picture("cpu"), active: false }], 0)).toBeNull();
  });
});

describe("Loss and round trip", () => {
  it("are those of the sound where there is some, over the last ten seconds", () => {
    const samples = new LineSamples();
    expect(samples.take([], 0)).toMatchObject({ lost: null, roundTripMs: null });
    samples.take([...report("audio", 100, 10, 0.1), ...report("video", 1000, 900, 2)], 0);
    expect(samples.take(report("audio", 200, 40, 0.3), 0)).toMatchObject({ lost: 0.3, roundTripMs: expect.closeTo(200) });
    for (let more = 0; more < 4; more += 1) samples.take(report("audio", 300 + 100 * more, 40, 0.3), 0);
    expect(samples.take(report("audio", 700, 40, 0.3), 0).lost).toBe(0);
  });

  it("are those of pictures without sound, counted anew from there", () => {
    const samples = new LineSamples();
    samples.take(report("audio", 5000, 2000, 0.1), 0);
    expect(samples.take(report("video", 100, 10, 0.5), 0)).toMatchObject({ lost: null, roundTripMs: 500 });
    expect(samples.take(report("video", 200, 20, 0.5), 0)).toMatchObject({ lost: 0.1, roundTripMs: 500 });
  });

  it("are not what somebody else misses, and unknown of too little", () => {
    const samples = new LineSamples();
    samples.take(report("audio", 100, 3, 0.1), 0);
    expect(samples.take(report("audio", 110, 3, 0.1), 0).lost).toBeNull();
    expect(samples.take(report("audio", 150, 3, 0.1), 0).lost).toBe(0); // the fraction told is 0.9 all the while
    expect(samples.take(report("audio", 180, 0, 0.1), 0).lost).toBe(0); // what came late after all
  });
});

describe("The sound that comes to me", () => {
  const heard = (step: Row, times: number) => {
    const samples = new LineSamples();
    let last = false;
    for (let at = 1; at <= times; at += 1) {
      const { packetsReceived, packetsLost } = step as unknown as Record<string, number>;
      last = samples.take([sound(at * packetsReceived!, at * packetsLost!)], 0).soundLost;
    }
    return last;
  };

  it("is lost when much of it did not come for ten seconds, and not when little is known", () => {
    expect(heard(sound(50, 50), 4)).toBe(false);
    expect(heard(sound(50, 50), 5)).toBe(true);
    expect(heard(sound(90, 10), 9)).toBe(false);
    expect(heard(sound(2, 3), 9)).toBe(false);
  });
});
