/** The ladder in words: what a thin line leaves, on which side, which way and why; what to do about it. Pure. */

import type { LadderReason, LadderStep, ParticipantView, ProducerView, RungView } from "@/protocol/generated";
import { sharesOn } from "@/rtc/ladder";
import type { Way } from "@/state/session/thrift";

/** Says one sentence of the catalogue. */
export type Say = (key: string, words?: Record<string, string>) => string;

export interface Standing {
  meId: string | null;
  participants: readonly ParticipantView[];
  producers: readonly ProducerView[];
  sending: RungView;
  receiving: RungView;
}

/** Never more than this is said at once. */
const MOST = 2;

/** One sentence for each way of each side that is not whole, mine first. */
export function ladderSentences(standing: Standing, say: Say): string[] {
  const others = standing.participants.filter(({ participant_id: id, online }) => id !== standing.meId && online);
  const said = [
    sentence("mine", "sending", standing.sending, sharesDesktop(standing, standing.meId), "", say),
    sentence("mine", "receiving", standing.receiving, seesDesktop(standing), "", say),
    ...others.map((person) => sentence("theirs", "sending", person.sending, sharesDesktop(standing, person.participant_id), nameOf(person, others, say), say)),
    ...others.map((person) => sentence("theirs", "receiving", person.receiving, true, nameOf(person, others, say), say)),
  ];
  return said.filter((one) => one !== "").slice(0, MOST);
}

function sentence(whose: "mine" | "theirs", way: Way, { step, why }: RungView, desktop: boolean, who: string, say: Say): string {
  if (step === "high" && why === null) return "";
  const shown = shownStep(step, desktop);
  const words = { who, step: say(`session.ladder.step.${shown}`), why: why && kindOf(why) === "line" ? say(`session.ladder.why.${why}`) : "" };
  const said = say(`session.ladder.${whose}.${way}.${kindOf(why)}`, words);
  const left = why !== "hidden" && sharesOn(shown).camera === "none" ? say(`session.ladder.left.${shown}`) : "";
  return `${said}${left}`;
}

/** Without a desktop the step that leaves only it leaves the voice. */
export function shownStep(step: LadderStep, desktop: boolean): LadderStep {
  return step === "voice_desktop" && !desktop ? "voice" : step;
}

function kindOf(why: LadderReason | null): "line" | "slow_pc" | "pinned" | "hidden" {
  return why === "slow_pc" || why === "pinned" || why === "hidden" ? why : "line";
}

/** By their part where it says who they are. */
function nameOf(person: ParticipantView, others: readonly ParticipantView[], say: Say): string {
  const alone = others.filter(({ part }) => part === person.part).length === 1;
  return alone && (person.part === "clerk" || person.part === "specialist") ? say(`session.ladder.who.${person.part}`) : person.name;
}

function sharesDesktop({ producers }: Standing, participantId: string | null): boolean {
  return producers.some(({ participant_id: id, track }) => id === participantId && track === "desktop");
}

function seesDesktop({ producers, meId }: Standing): boolean {
  return producers.some(({ participant_id: id, track }) => id !== meId && track === "desktop");
}

/** Less of the paper goes than can be read: at the counter because of its step, at the other end also because of mine. */
export function paperIsPoor(standing: Standing, poor: ReadonlySet<string>): boolean {
  return standing.producers.some((producer) => {
    if (producer.track !== "document_camera") return false;
    const mine = producer.participant_id === standing.meId;
    const sender = standing.participants.find(({ participant_id: id }) => id === producer.participant_id);
    const share = sharesOn((mine ? standing.sending : sender?.sending)?.step ?? "high").document_camera;
    const asked = standing.receiving.why === "pinned" ? sharesOn(standing.receiving.step).document_camera : "whole";
    return share === "least" || share === "none" || (!mine && (poor.has(producer.producer_id) || asked === "least" || asked === "none"));
  });
}

/** Somebody hears nothing: what is written goes on. */
export function isSilent(standing: Standing): boolean {
  const others = standing.participants.filter(({ participant_id: id, online }) => id !== standing.meId && online);
  return [standing.sending, standing.receiving, ...others.flatMap((one) => [one.sending, one.receiving])].some(({ step }) => step === "text");
}
