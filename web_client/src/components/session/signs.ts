/** What stands beside each name: who is muted, whose line is weak and which way, who shares. Pure. */

import type { ParticipantView, ProducerView } from "@/protocol/generated";
import { worst, type Line } from "@/state/session/roster";

/** A line that is weak towards the server, from it, or both ways. */
type Side = "weak_up" | "weak_down" | "weak_both";

/** Words in `session.sign`. */
export type Sign = "muted" | "no_microphone" | "camera_off" | "sharing" | "sharing_held" | Side;

/** The signs of somebody who is here, the most telling first. */
export function signsOf(person: ParticipantView, producers: readonly ProducerView[], line: Line | undefined): Sign[] {
  if (!person.online) return [];
  const mine = producers.filter(({ participant_id: id }) => id === person.participant_id);
  return [...soundSigns(person, mine), ...lineSigns(line), ...pictureSigns(person, mine)];
}

/** Whether nobody hears this person though they are here and may speak. */
export function isMuted(person: ParticipantView, producers: readonly ProducerView[]): boolean {
  const mine = producers.filter(({ participant_id: id }) => id === person.participant_id);
  return person.online && soundSigns(person, mine).length > 0;
}

/** Before anything of theirs has come, they are only just entering. */
function soundSigns(person: ParticipantView, mine: readonly ProducerView[]): Sign[] {
  if (!person.sends.includes("microphone") || mine.length === 0) return [];
  const microphone = mine.find(({ track }) => track === "microphone");
  if (!microphone) return ["no_microphone"];
  return microphone.paused ? ["muted"] : [];
}

/** Which way a line is weak, if it is. */
export function lineSigns(line: Line | undefined): Side[] {
  if (!line || worst(line) === "good") return [];
  if (line.uplink === "good") return ["weak_down"];
  return [line.downlink === "good" ? "weak_up" : "weak_both"];
}

function pictureSigns(person: ParticipantView, mine: readonly ProducerView[]): Sign[] {
  const desktop = mine.find(({ track }) => track === "desktop");
  const camera = mine.find(({ track }) => track === "camera");
  const shares: Sign[] = desktop ? [desktop.paused ? "sharing_held" : "sharing"] : [];
  const dark = person.sends.includes("camera") && mine.length > 0 && (!camera || camera.paused);
  return dark ? [...shares, "camera_off"] : shares;
}
