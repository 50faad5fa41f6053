import { describe, expect, it } from "vitest";

import type { LaneView } from "@/protocol/generated";
import { clamp, correction, gapAt, rotationAt, segmentAt } from "@/rtc/replay/sync";

function lane(...spans: [number, number][]): LaneView {
  return {
    lane: "p1",
    participant_id: "p1",
    name: "王秀英",
    part: "clerk",
    track: "camera",
    gaps: [
      { track: "microphone", offset_ms: 1_000, duration_ms: 5_000, cause: "muted", reason: "muted" },
      { track: "camera", offset_ms: 5_000, duration_ms: 2_000, cause: "paused", reason: "身份证" },
    ],
    segments: spans.map(([offset_ms, duration_ms], index) => ({
      segment_id: `s${index}`,
      offset_ms,
      duration_ms,
      mime_type: "video/webm",
      width: 640,
      height: 360,
      has_audio: true,
      has_video: true,
      size_bytes: 1,
      sha256: "",
      url: `/api/media/s${index}`,
      loudness: [],
      thumbnails: [],
      rotations: [{ offset_ms: offset_ms + 500, degrees: 90 }],
    })),
  };
}

describe("correction", () => {
  it("leaves a follower alone that is close enough", () => {
    expect(correction(14, 1)).toEqual({ kind: "keep" });
    expect(correction(-14, 2)).toEqual({ kind: "keep" });
  });

  it("slows a follower that is ahead and speeds up one that is behind", () => {
    expect(correction(50, 1)).toEqual({ kind: "nudge", rate: 0.92 });
    expect(correction(-50, 1)).toEqual({ kind: "nudge", rate: 1.08 });
    expect(correction(-200, 2)).toEqual({ kind: "nudge", rate: 2.5 });
  });

  it("jumps when nudging would take too long", () => {
    expect(correction(350, 1)).toEqual({ kind: "jump" });
    expect(correction(-4_000, 1)).toEqual({ kind: "jump" });
  });
});

describe("segments and gaps", () => {
  it("shows the picture of somebody whose microphone is muted", () => {
    expect(gapAt(lane([0, 9_000]), 4_000)).toBeNull();
    expect(gapAt(lane([0, 9_000]), 5_500)?.reason).toBe("身份证");
  });

  it("turns a picture from the moment its camera was turned", () => {
    const segment = segmentAt(lane([1_000, 9_000]), 2_000)!;
    expect(rotationAt(segment, 1_400)).toBe(0);
    expect(rotationAt(segment, 1_500)).toBe(90);
  });

  const person = lane([0, 5_000], [7_000, 3_000]);

  it("finds the file that covers a position", () => {
    expect(segmentAt(person, 0)?.segment_id).toBe("s0");
    expect(segmentAt(person, 4_999)?.segment_id).toBe("s0");
    expect(segmentAt(person, 5_000)).toBeNull();
    expect(segmentAt(person, 7_000)?.segment_id).toBe("s1");
    expect(segmentAt(person, 10_000)).toBeNull();
  });

  it("says why nothing is there", () => {
    expect(gapAt(person, 6_000)?.reason).toBe("身份证");
    expect(gapAt(person, 1_000)).toBeNull();
  });

  it("keeps positions inside the recording", () => {
    expect(clamp(-5, 100)).toBe(0);
    expect(clamp(500, 100)).toBe(100);
  });
});
