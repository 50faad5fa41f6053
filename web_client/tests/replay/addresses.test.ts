import { expect, it } from "vitest";

import type { LaneView, ReplayView } from "@/protocol/generated";
import { readdressed } from "@/rtc/replay/addresses";

const loudness = [0.1, 0.5];
const lane = {
  lane: "clerk",
  gaps: [],
  segments: [{ segment_id: "c1/a", url: "/api/media/c1/a.webm?old=1", loudness, thumbnails: [{ offset_ms: 0, url: "/api/media/c1/a.jpg?old=1" }] }],
} as unknown as LaneView;
const replay = { lanes: [lane], stills: [{ still_id: "s1", url: "/api/stills/s1?old=1" }], files: [{ file_id: "f1", url: "/api/files/f1?old=1" }], events: [], urls_expire_at: "2026-01-01T00:00:00Z" } as unknown as ReplayView;

it("gives every medium, small picture, still and file its fresh address, and keeps the rest as it is", () => {
  const fresh = { recording: "ready", progress: 1, query: "new=1", stills: { s1: "/api/stills/s1?new=1" }, files: { f1: "/api/files/f1?new=1" }, expire_at: "2026-01-01T00:05:00Z" } as const;
  const after = readdressed(replay, fresh);
  const [segment] = after.lanes[0]!.segments;
  expect(segment!.url).toBe("/api/media/c1/a.webm?new=1");
  expect(segment!.thumbnails[0]!.url).toBe("/api/media/c1/a.jpg?new=1");
  expect(after.stills[0]!.url).toBe("/api/stills/s1?new=1");
  expect(after.files[0]!.url).toBe("/api/files/f1?new=1");
  expect(after.urls_expire_at).toBe("2026-01-01T00:05:00Z");
  expect(segment!.loudness).toBe(loudness);
  expect(after.events).toBe(replay.events);
});
