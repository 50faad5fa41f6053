/**
 * The fixed places of a session's stage: specialist, clerk, document camera, desktop, then whoever else comes.
 *
 * Pure: pictures and participants in, tiles out. A place stays when its picture goes; it says what happened.
 */

import type { Part, ParticipantView, Track } from "@/protocol/generated";

import type { Tile, TileState } from "./types";

type VideoTrack = Exclude<Track, "microphone">;

/** What the stage needs of one picture of the session. */
export interface StagePicture {
  participantId: string;
  track: Track;
  producerId: string | null;
  stream: MediaStream | null;
  paused: boolean;
  frozen: boolean;
}

export interface StageInput {
  participants: readonly ParticipantView[];
  pictures: readonly StagePicture[];
  meId: string | null;
  speakingId: string | null;
  /** Video tracks of mine that are being started. */
  starting: ReadonlySet<Track>;
  /** True until the session's media is up for the first time. */
  joining: boolean;
  /** The counter's share was cut off by a reload and waits for one click there. */
  resuming: boolean;
  /** Names shown in places whose person has not joined yet. */
  expected: Partial<Record<Part, string>>;
}

interface Place {
  part: Part;
  track: VideoTrack;
}

/** The places every session keeps. */
const PLACES: readonly Place[] = [
  { part: "specialist", track: "camera" },
  { part: "clerk", track: "camera" },
  { part: "clerk", track: "document_camera" },
  { part: "clerk", track: "desktop" },
];

export function buildTiles(input: StageInput): Tile[] {
  const kept = PLACES.map((place) => keptTile(place, input));
  const known = new Set(kept.map((tile) => tile.key));
  const others = input.pictures.filter(
    (picture) => picture.track !== "microphone" && !known.has(`${picture.track}-${picture.participantId}`),
  );
  return [...kept, ...others.map((picture) => extraTile(picture, input))];
}

/** The place that is on the stage before anybody chose: the other person's face. */
export function firstPlace(tiles: readonly Tile[], myPart: Part): Tile | null {
  const wanted: Part = myPart === "specialist" ? "clerk" : "specialist";
  return tiles.find((tile) => tile.part === wanted && tile.track === "camera") ?? tiles[0] ?? null;
}

/** A choice of place that survives a person's new id: part and track, not the key. */
export function placeOf(tile: Tile): string {
  return `${tile.part}/${tile.track}`;
}

function keptTile(place: Place, input: StageInput): Tile {
  const person = input.participants.find((participant) => participant.part === place.part);
  const picture = input.pictures.find(
    (candidate) => candidate.participantId === person?.participant_id && candidate.track === place.track,
  );
  const name = person?.name ?? input.expected[place.part] ?? "";
  return tile(place, person ?? null, picture ?? null, name, input);
}

function extraTile(picture: StagePicture, input: StageInput): Tile {
  const person = input.participants.find((participant) => participant.participant_id === picture.participantId) ?? null;
  const place: Place = { part: person?.part ?? "consultant", track: picture.track as VideoTrack };
  return tile(place, person, picture, person?.name ?? "", input);
}

function tile(place: Place, person: ParticipantView | null, picture: StagePicture | null, name: string, input: StageInput): Tile {
  const id = person?.participant_id ?? place.part;
  const own = person !== null && person.participant_id === input.meId;
  return {
    key: `${place.track}-${id}`,
    participantId: id,
    producerId: picture?.producerId ?? null,
    track: place.track,
    part: place.part,
    name,
    own,
    stream: picture?.stream ?? null,
    state: stateOf(place.track, person, picture, own, input),
    speaking: place.track === "camera" && person !== null && input.speakingId === person.participant_id,
  };
}

function stateOf(track: VideoTrack, person: ParticipantView | null, picture: StagePicture | null, own: boolean, input: StageInput): TileState {
  if (person && !person.online && !own) return "reconnecting";
  if (picture?.paused) return "paused";
  if (picture?.frozen) return "reconnecting";
  if (picture?.stream) return "live";
  if (!own && track === "desktop" && input.resuming) return "resuming";
  if (own && input.starting.has(track)) return "connecting";
  return input.joining && track === "camera" ? "connecting" : "idle";
}
