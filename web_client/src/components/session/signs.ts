/** What stands beside each name: who is muted, whose line is weak and which way, who shares. Pure. */

import type { ParticipantView, ProducerView } from "@/protocol/generated";
import { worst, type Line } from "@/state/session/roster";

/** A line that is weak towards the server, from it, or both ways. */
type Side = "weak_up" | "weak_down" | "weak_both";

/** Why nobody hears somebody: muted by themselves, by their system, or without a microphone. */
export type SoundSign = "muted" | "silenced" | "no_microphone";

/** Words in `session.sign`. */
export type Sign = SoundSign | "camera_off" | "sharing" | "sharing_held" | Side;

/** The signs of somebody who is here, the most telling first. */
export function signsOf(person: ParticipantView, producers: readonly ProducerView[], line: Line | undefined): Sign[] {
  if (!person.online) return [];
  const mine = producers.filter(({ participant_id: id }) => id === person.participant_id);
  return [...soundSigns(person, mine), ...lineSigns(line), ...pictureSigns(person, mine)];
}

/** Why nobody hears this person though they are here and may speak; null when they are heard. */
export function unheard(person: ParticipantView, producers: readonly ProducerView[]): SoundSign | null {
  const mine = producers.filter(({ participant_id: id }) => id === person.participant_id);
  return (person.online && soundSigns(person, mine)[0]) || null;
}

/** Before anything of theirs has come, they are only just entering. */
function soundSigns(person: ParticipantView, mine: readonly ProducerView[]): SoundSign[] {
  if (!person.sends.includes("microphone") || mine.length === 0) return [];
  const microphone = mine.find(({ track }) => track === "microphone");
  if (!microphone) return ["no_microphone"];
  if (!microphone.paused) return [];
  return [microphone.silenced ? "silenced" : "muted"];
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
