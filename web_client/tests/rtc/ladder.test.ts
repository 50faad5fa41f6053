import { describe, expect, it } from "vitest";
import { Ladder, withheld } from "@/rtc/ladder";

function run(ladder: Ladder, until: number): void {
  for (let due = ladder.nextDeadline(); due <= until; due = ladder.nextDeadline()) ladder.handleTimeout(due);
}

describe("Ladder", () => {
  it("gives up the camera first and the desktop next, never the microphone", () => {
    const ladder = new Ladder();
    ladder.report("bad", 0);
    run(ladder, 6_000);
    expect(withheld(ladder.step)).toEqual(["camera"]);
    run(ladder, 12_000);
    expect(withheld(ladder.step)).toEqual(["camera", "desktop"]);
    run(ladder, 60_000);
    expect(withheld(ladder.step)).not.toContain("microphone");
  });

  it("does not act on a short dip", () => {
    const ladder = new Ladder();
    ladder.report("bad", 0);
    ladder.report("good", 3_000);
    run(ladder, 60_000);
    expect(ladder.step).toBe("full");
  });

  it("takes everything back step by step once the network has stayed good", () => {
    const ladder = new Ladder();
    ladder.report("bad", 0);
    run(ladder, 12_000);
    ladder.report("good", 13_000);
    run(ladder, 32_000);
    expect(ladder.step).toBe("no_desktop");
    run(ladder, 33_000);
    expect(ladder.step).toBe("no_camera");
    run(ladder, 53_000);
    expect(ladder.step).toBe("full");
    expect(ladder.nextDeadline()).toBe(Infinity);
  });

  it("stays where it is while the network is only weak", () => {
    const ladder = new Ladder();
    ladder.report("bad", 0);
    run(ladder, 6_000);
    ladder.report("weak", 7_000);
    run(ladder, 90_000);
    expect(ladder.step).toBe("no_camera");
  });
});
