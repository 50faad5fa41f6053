import { expect, it } from "vitest";

import { withRoom } from "@/components/replay/thumbnails";
import type { SegmentView } from "@/protocol/generated";

const HOUR_MS = 3_600_000;
const thumbnails = Array.from({ length: 720 }, (_, index) => ({ offset_ms: HOUR_MS + index * 10_000, url: "" }));
const segment = { offset_ms: HOUR_MS, duration_ms: 2 * HOUR_MS, thumbnails } as unknown as SegmentView;

it("draws of two hours' pictures those that have room beside each other", () => {
  const drawn = withRoom(segment, 640);
  expect(drawn).toHaveLength(10);
  const apart = drawn.slice(1).map((picture, index) => picture.offset_ms - drawn[index]!.offset_ms);
  expect(new Set(apart)).toEqual(new Set([720_000]));
});

it("draws all where there is room, and one of a segment that is narrower than a picture", () => {
  expect(withRoom(segment, 100_000)).toHaveLength(720);
  expect(withRoom(segment, 3)).toHaveLength(1);
});
