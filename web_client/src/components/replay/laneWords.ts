/** What a lane is called, and what an event of the timeline says. */
import { controlDetails, hasTexts } from "@/components/replay/controlWords";
import type { CallEventView, LaneView, LogKind } from "@/protocol/generated";

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** 王秀英, or 王秀英 · 高拍仪. */
export function laneName(lane: LaneView, t: Translate): string {
  const source = lane.track === "document_camera" || lane.track === "desktop" ? lane.track : null;
  return source ? `${lane.name} · ${t(`review.track.${source}`)}` : lane.name;
}

/** Lane → its name, and among more than two people whose part it is: 王秀英 · 高拍仪 · 导办员. */
export function laneTitles(lanes: readonly LaneView[], t: Translate): ReadonlyMap<string, string> {
  const round = new Set(lanes.map((lane) => lane.participant_id)).size > 2;
  const title = (lane: LaneView) => (round ? `${laneName(lane, t)} · ${t(`session.part.${lane.part}`)}` : laneName(lane, t));
  return new Map(lanes.map((lane) => [lane.lane, title(lane)]));
}

/** How a call came to be answered or not, before anything is recorded. */
const COURSE: readonly LogKind[] = [
  "call.requested",
  "consent.given",
  "consent.refused",
  "offer.made",
  "offer.missed",
  "offer.rejected",
  "offer.lost",
  "call.cancelled",
  "call.nobody_eligible",
  "call.waited_too_long",
  "call.abandoned",
];
/** Events people care about while replaying; the rest of the log stays in the call's detail. */
const SHOWN: readonly LogKind[] = [
  "offer.accepted",
  "participant.lost",
  "participant.back",
  "member.seated",
  "member.left",
  "call.requeued",
  "server.restarted",
  "track.started",
  "track.ended",
  "recording.recording",
  "recording.paused",
  "recording.failed",
  "still.taken",
  "file.sent",
  "card.pushed",
  "call.hung_up",
  "control.asked",
  "control.granted",
  "control.extended",
  "control.narrowed",
  "control.once_asked",
  "control.once_answered",
  "control.ended",
];
/** What the time bar shows within the span of a grant; with the texts, whose length is told. */
const WITHIN: readonly LogKind[] = ["control.paused", "control.resumed"];

/** Whether an event stands on the timeline; one without a place on it does not. */
export function isShown(event: CallEventView): boolean {
  return event.offset_ms !== null && (SHOWN as readonly string[]).includes(event.kind);
}

/** Whether an event belongs to what is told of a call: what stands on the timeline, and how it was answered or not. */
export function isTold(event: CallEventView): boolean {
  if (event.kind === "control.doings") return hasTexts(event);
  return isShown(event) || ([...COURSE, ...WITHIN, "offer.accepted"] as readonly string[]).includes(event.kind);
}

/** How grave an event looks on the timeline. */
export function eventTone(kind: string): "plain" | "good" | "warn" | "end" {
  if (kind === "call.hung_up") return "end";
  if (["participant.lost", "call.requeued", "server.restarted", "recording.paused", "recording.failed"].includes(kind)) return "warn";
  return ["still.taken", "file.sent", "card.pushed", "control.granted"].includes(kind) ? "good" : "plain";
}

/** What happened, to what, and why; reasons of the system are keys, those of people are their own words. */
export function eventName(event: CallEventView, t: Translate): string {
  const words = t(`review.event.${event.kind}`);
  const track = typeof event.data.track === "string" ? t(`review.track.${event.data.track}`) : "";
  const part = event.kind.startsWith("member.") ? t(`session.part.${String(event.data.part)}`) : "";
  const reason = typeof event.data.reason === "string" && event.kind !== "offer.lost" ? reasonWords(event.data.reason, t) : "";
  return [words, event.offered_to, part, track, reason, ...controlDetails(event, t)].filter(Boolean).join(" · ");
}

function reasonWords(reason: string, t: Translate): string {
  return reason.startsWith("stalled|") ? t("review.stalled") : reason;
}
