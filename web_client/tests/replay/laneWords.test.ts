import { expect, it } from "vitest";

import { eventName, isShown, isTold, laneTitles } from "@/components/replay/laneWords";
import type { CallEventView, LaneView } from "@/protocol/generated";

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

const event = (kind: string, more: Partial<CallEventView> = {}): CallEventView => ({
  sequence: 1,
  at: "2026-11-27T09:00:00Z",
  offset_ms: null,
  kind,
  actor: null,
  offered_to: null,
  data: {},
  ...more,
});

it("tells how a call that nobody answered went, and puts none of it on the timeline", () => {
  for (const kind of ["call.requested", "offer.made", "offer.missed", "offer.rejected", "call.waited_too_long"]) {
    expect([kind, isTold(event(kind)), isShown(event(kind))]).toEqual([kind, true, false]);
  }
  expect(isTold(event("participant.joined"))).toBe(false);
});

it("says who was asked, and no reason that only the service understands", () => {
  const key = (words: string) => words;
  expect(eventName(event("offer.made", { offered_to: "李明", data: { staff_id: "s1" } }), key)).toBe("review.event.offer.made · 李明");
  expect(eventName(event("offer.lost", { data: { reason: "socket_gone" } }), key)).toBe("review.event.offer.lost");
});
