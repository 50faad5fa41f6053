import { describe, expect, it } from "vitest";
import { Ladder, STEPS, lower, sharesOn, verdictOn, withheldOn, type Uplink } from "@/rtc/ladder";

const GOOD: Uplink = { level: "good", lost: 0, roundTripMs: 40, held: null };
const BAD: Uplink = { ...GOOD, level: "bad", lost: 0.15 };
const WEAK: Uplink = { ...GOOD, level: "weak" };
const SHORT: Uplink = { ...GOOD, held: "rate" };
const SLOW: Uplink = { ...GOOD, held: "slow_pc" };
const USELESS: Uplink = { ...BAD, lost: 0.5 };
const LATE: Uplink = { ...BAD, lost: 0.01, roundTripMs: 3_000 };
const POOR: Uplink = { ...BAD, lost: 0.25 };

function run(ladder: Ladder, until: number): void {
  for (let due = ladder.nextDeadline(); due <= until; due = ladder.nextDeadline()) ladder.handleTimeout(due);
}

/** The ladder after this line since 0, at `until` ms. */
function after(line: Uplink, until: number): Ladder {
  const ladder = new Ladder();
  ladder.report(line, 0);
  run(ladder, until);
  return ladder;
}

describe("What is sent on a step", () => {
  it("is less on each, cameras before the desktop and sound last", () => {
    const amount = { whole: 3, lower: 2, least: 1, none: 0 };
    const sums = STEPS.map((step) => Object.values(sharesOn(step)).reduce((sum, share) => sum + amount[share], 0));
    expect(sums).toEqual([...sums].sort((one, other) => other - one));
    expect(STEPS.map(withheldOn)).toEqual([
      [], [], [],
      ["camera", "document_camera"],
      ["camera", "document_camera", "desktop"],
      ["microphone", "camera", "document_camera", "desktop"],
    ]);
    expect(lower("saver", "standard")).toBe("saver");
  });
});

describe("What a line means on each step", () => {
  const EXPECTED: [string, Uplink, string[]][] = [
    ["good", GOOD, ["up", "up", "up", "up", "up", "up"]],
    ["weak", WEAK, ["stay", "stay", "stay", "stay", "stay", "up"]],
    ["bad", BAD, ["down", "down", "down", "down", "stay", "up"]],
    ["bad, with a quarter lost", POOR, ["down", "down", "down", "down", "stay", "stay"]],
    ["too narrow", SHORT, ["down", "down", "stay", "stay", "stay", "up"]],
    ["held up by the PC", SLOW, ["down", "down", "stay", "stay", "stay", "up"]],
    ["of no use even for sound", USELESS, ["down", "down", "down", "down", "down", "stay"]],
    ["seconds late", LATE, ["down", "down", "down", "down", "down", "stay"]],
  ];
  it.each(EXPECTED)("%s", (_, line, moves) => {
    expect(STEPS.map((step) => verdictOn(step, line).move)).toEqual(moves);
  });

  it("has a reason for every step down and for no other", () => {
    for (const [, line] of EXPECTED)
      for (const step of STEPS) {
        const { move, why } = verdictOn(step, line);
        expect(why !== null).toBe(move === "down");
      }
    expect([BAD, LATE, SHORT, SLOW].map((line) => verdictOn("high", line).why)).toEqual(["loss", "delay", "rate", "slow_pc"]);
  });
});

describe("Ladder", () => {
  it("goes down from a bad line by what helps, and never gives sound up that gets through", () => {
    expect(after(BAD, 6_000).rung).toEqual({ step: "saver", why: "loss" });
    expect(after(BAD, 12_000).rung.step).toBe("voice_desktop");
    expect(after(BAD, 18_000).rung.step).toBe("voice");
    expect(after(BAD, 600_000).rung.step).toBe("voice");
  });

  it("gives sound up where nobody understands it, and tries again when somebody may", () => {
    const ladder = after(USELESS, 27_000);
    expect(ladder.rung.step).toBe("voice");
    run(ladder, 28_000);
    expect(ladder.rung).toEqual({ step: "text", why: "loss" });
    ladder.report(POOR, 30_000);
    run(ladder, 90_000);
    expect(ladder.rung.step).toBe("text");
    ladder.report(GOOD, 90_000);
    run(ladder, 105_000);
    expect(ladder.rung.step).toBe("voice");
  });

  it("follows a rate one step at a time, and no further than the browser can divide", () => {
    expect(after(SHORT, 14_000).rung.step).toBe("high");
    expect(after(SHORT, 15_000).rung).toEqual({ step: "standard", why: "rate" });
    expect(after(SHORT, 600_000).rung).toEqual({ step: "saver", why: "rate" });
  });

  it("gives a busy PC some time", () => {
    expect(after(SLOW, 9_000).rung.step).toBe("high");
    expect(after(SLOW, 10_000).rung).toEqual({ step: "standard", why: "slow_pc" });
  });

  it("does not act on a short dip", () => {
    const ladder = new Ladder();
    ladder.report(BAD, 0);
    ladder.report(GOOD, 3_000);
    run(ladder, 60_000);
    expect(ladder.rung).toEqual({ step: "high", why: null });
  });

  it("takes everything back step by step once the line has stayed good", () => {
    const ladder = after(BAD, 12_000);
    ladder.report(GOOD, 13_000);
    run(ladder, 27_000);
    expect(ladder.rung.step).toBe("voice_desktop");
    run(ladder, 28_000);
    expect(ladder.rung.step).toBe("saver");
    run(ladder, 58_000);
    expect(ladder.rung.step).toBe("high");
    expect(ladder.nextDeadline()).toBe(Infinity);
  });

  it("stays where it is while the line is only weak", () => {
    const ladder = after(BAD, 6_000);
    ladder.report(WEAK, 7_000);
    run(ladder, 90_000);
    expect(ladder.rung.step).toBe("saver");
  });

  it("waits longer each time that a step up did not last, and no longer once one did", () => {
    const ladder = after(SHORT, 15_000);
    const waits: number[] = [];
    let now = 15_000;
    for (let round = 0; round < 5; round += 1) {
      ladder.report(GOOD, now);
      waits.push(ladder.nextDeadline() - now);
      now = ladder.nextDeadline();
      ladder.handleTimeout(now);
      ladder.report(SHORT, now + 1_000);
      now = ladder.nextDeadline();
      ladder.handleTimeout(now);
    }
    expect(waits).toEqual([15_000, 30_000, 60_000, 120_000, 120_000]);
    ladder.report(GOOD, now);
    now = ladder.nextDeadline();
    ladder.handleTimeout(now);
    ladder.report(SHORT, now + 40_000);
    now = ladder.nextDeadline();
    ladder.handleTimeout(now);
    ladder.report(GOOD, now);
    expect(ladder.nextDeadline() - now).toBe(15_000);
  });
});
