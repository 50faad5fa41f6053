/** Which small pictures of a lane stand on the timeline: as many as have room, at even distances. */
import type { SegmentView, ThumbnailView } from "@/protocol/generated";

/** Room of one, in px: as wide as 16:9 is at the height of a lane. */
const WIDTH_PX = 64;

/**
 * The first picture of each part of a segment that is as wide as a picture.
 *
 * Two hours have 360 of them for 15 places; each that is drawn is asked of the server.
 *
 * @param widthPx of the segment on the screen
 */
export function withRoom(segment: SegmentView, widthPx: number): ThumbnailView[] {
  const places = Math.max(1, Math.floor(widthPx / WIDTH_PX));
  const placeOf = (picture: ThumbnailView) =>
    Math.floor(((picture.offset_ms - segment.offset_ms) / Math.max(1, segment.duration_ms)) * places);
  return segment.thumbnails.filter((picture, index, all) => {
    const before = all[index - 1];
    return before === undefined || placeOf(before) !== placeOf(picture);
  });
}
