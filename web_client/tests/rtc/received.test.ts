import { describe, expect, it } from "vitest";
import type { LayerLimit, Track } from "@/protocol/generated";
import { STEPS } from "@/rtc/ladder";
import { Settled, capOf, isPoor, receivedRung, type Given } from "@/rtc/received";

const of = (track: Track, layer: number | null, layers: number, limitedBy: LayerLimit = "line"): Given => ({ track, layer, layers, limitedBy });
const WELL = of("camera", 2, 3, "none");

describe("The step of what I receive", () => {
  const CASES: [string, Given[], string][] = [
    ["nothing is sent", [], "high"],
    ["everything comes", [WELL, of("desktop", 0, 1, "none")], "high"],
    ["a tile is small, a page away, or a sender sends no more", [of("camera", 0, 3, "viewer"), of("camera", null, 3, "viewer"), of("camera", 0, 3, "sender")], "high"],
    ["a camera has not its best", [of("camera", 1, 3), of("desktop", 0, 1, "none")], "standard"],
    ["of two encodings the lower comes", [of("document_camera", 0, 2)], "standard"],
    ["a camera has only its least", [of("camera", 0, 3)], "saver"],
    ["one of two cameras is held back", [of("camera", null, 3), of("document_camera", 1, 2, "none"), of("desktop", 0, 1, "none")], "saver"],
    ["all cameras are held back", [of("camera", null, 3), of("document_camera", null, 2), of("desktop", 0, 1, "none")], "voice_desktop"],
    ["the desktop is held back too", [of("camera", null, 3), of("desktop", null, 1)], "voice"],
    ["the only picture is held back", [of("camera", null, 3), of("camera", null, 3, "viewer")], "voice"],
  ];
  it.each(CASES)("when %s", (_, given, step) => {
    expect(receivedRung(given, false)).toEqual({ step, why: step === "high" ? null : "rate" });
  });

  it("is text when sound is not to be understood, whatever the pictures do", () => {
    expect(receivedRung([WELL], true)).toEqual({ step: "text", why: "loss" });
  });

  it("makes a paper poor as soon as it is not the best that is sent", () => {
    expect([of("document_camera", 0, 2), of("document_camera", null, 2)].map(isPoor)).toEqual([true, true]);
    expect([of("document_camera", 1, 2), of("document_camera", 0, 2, "viewer")].map(isPoor)).toEqual([false, false]);
  });
});

describe("What is asked for on a step", () => {
  it("is never more than on the step before, and a desktop is whole or not at all", () => {
    for (const track of ["microphone", "camera", "document_camera", "desktop"] as const) {
      const caps = STEPS.map((step) => capOf(step, track));
      expect(caps).toEqual([...caps].sort((one, other) => other - one));
    }
    expect(STEPS.map((step) => capOf(step, "desktop"))).toEqual([Infinity, Infinity, Infinity, Infinity, 0, 0]);
    expect(STEPS.map((step) => capOf(step, "microphone") === 0)).toEqual([false, false, false, false, false, true]);
  });
});

describe("What is said", () => {
  const low = { step: "saver", why: "rate" } as const;
  const high = { step: "high", why: null } as const;

  it("follows downwards soon and upwards when it is sure, and not what flickers", () => {
    const settled = new Settled();
    expect([settled.report(low, 0), settled.report(low, 1_900)]).toEqual([false, false]);
    expect(settled.report(low, 2_000)).toBe(true);
    expect(settled.rung).toEqual(low);
    for (let at = 2_100; at < 20_000; at += 1_000) expect(settled.report(at % 2_000 < 1_000 ? high : low, at)).toBe(false);
    settled.report(high, 20_000);
    expect([settled.report(high, 24_900), settled.report(high, 25_000)]).toEqual([false, true]);
    expect(settled.rung).toEqual(high);
  });
});
