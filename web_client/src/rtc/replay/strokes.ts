/** Which strokes lie over a lane's picture at a moment of the recording, and how much of each is drawn by then. */

import type { DrawnView, LaneView, StrokeView } from "@/protocol/generated";

/** The strokes over `lane` at `positionMs`; one that is still being drawn has as many points as of its time. */
export function strokesAt(strokes: readonly DrawnView[], lane: LaneView, positionMs: number): StrokeView[] {
  return strokes
    .filter((stroke) => stroke.over_id === lane.participant_id && stroke.track === lane.track)
    .filter((stroke) => stroke.offset_ms <= positionMs && (stroke.gone_ms === null || positionMs < stroke.gone_ms))
    .map((stroke) => asShown(stroke, positionMs));
}

function asShown(stroke: DrawnView, positionMs: number): StrokeView {
  const share = stroke.drawn_ms > 0 ? Math.min(1, (positionMs - stroke.offset_ms) / stroke.drawn_ms) : 1;
  const count = Math.max(1, Math.ceil(share * stroke.points.length));
  return {
    stroke_id: stroke.stroke_id,
    producer_id: stroke.over_id,
    participant_id: stroke.participant_id,
    color: stroke.color,
    width: stroke.width,
    points: stroke.points.slice(0, count),
    done: count === stroke.points.length,
  };
}
