import { describe, expect, it } from "vitest";

import type { DrawnView, LaneView } from "@/protocol/generated";
import { strokesAt } from "@/rtc/replay/strokes";

const LANE = { lane: "clerk.desktop", participant_id: "clerk", track: "desktop" } as LaneView;
const STROKE: DrawnView = {
  stroke_id: "one",
  participant_id: "specialist",
  over_id: "clerk",
  track: "desktop",
  offset_ms: 10_000,
  drawn_ms: 2_000,
  gone_ms: 20_000,
  color: "#ff0000",
  width: 0.01,
  points: [
    [0.1, 0.1],
    [0.2, 0.2],
    [0.3, 0.3],
    [0.4, 0.4],
  ],
};

const pointsAt = (positionMs: number) => strokesAt([STROKE], LANE, positionMs).map(({ points }) => points.length);

describe("strokes in a replay", () => {
  it("come as they were drawn and go when they were wiped", () => {
    expect(pointsAt(9_999)).toEqual([]);
    expect(pointsAt(10_000)).toEqual([1]);
    expect(pointsAt(11_000)).toEqual([2]);
    expect(pointsAt(12_000)).toEqual([4]);
    expect(pointsAt(19_999)).toEqual([4]);
    expect(pointsAt(20_000)).toEqual([]);
  });

  it("stay to the end when nobody wiped them, and are whole at once when they took no time", () => {
    const dot = { ...STROKE, drawn_ms: 0, gone_ms: null };
    expect(strokesAt([dot], LANE, 1e9)[0]?.points).toHaveLength(4);
    expect(strokesAt([dot], LANE, 10_000)[0]?.done).toBe(true);
  });

  it("lie over their own picture alone", () => {
    expect(strokesAt([STROKE], { ...LANE, track: "camera" }, 15_000)).toEqual([]);
    expect(strokesAt([STROKE], { ...LANE, participant_id: "specialist" }, 15_000)).toEqual([]);
  });
});
