import { expect, it } from "vitest";

import { laneTitles } from "@/components/replay/laneWords";
import type { LaneView } from "@/protocol/generated";

const clerk: LaneView = { lane: "clerk", participant_id: "clerk", name: "王秀英", part: "clerk", track: "camera", segments: [], gaps: [] };
const paper: LaneView = { ...clerk, lane: "clerk-document_camera", track: "document_camera" };
const specialist: LaneView = { ...clerk, lane: "specialist", participant_id: "specialist", name: "李明", part: "specialist" };
const consultant: LaneView = { ...clerk, lane: "consultant", participant_id: "consultant", name: "和志强", part: "consultant" };
const titles = (...lanes: LaneView[]) => [...laneTitles(lanes, (key) => key).values()];

it("names the lanes of two people by name and source", () => {
  expect(titles(clerk, paper, specialist)).toEqual(["王秀英", "王秀英 · review.track.document_camera", "李明"]);
});

it("says the part as soon as there are more than two people", () => {
  expect(titles(clerk, paper, specialist, consultant)).toEqual([
    "王秀英 · session.part.clerk",
    "王秀英 · review.track.document_camera · session.part.clerk",
    "李明 · session.part.specialist",
    "和志强 · session.part.consultant",
  ]);
});
