/**
 * The places of a session's stage: specialist, clerk, document camera, desktop, then whoever else comes.
 *
 * Pure: pictures and participants in, tiles out. A place stays when its picture goes; it says what happened.
 */

import type { Part, ParticipantView, Track } from "@/protocol/generated";

import type { SoundSign } from "./signs";
import type { Tile, TileState } from "./types";

type VideoTrack = Exclude<Track, "microphone">;

/** What the stage needs of one picture of the session. */
export interface StagePicture {
  participantId: string;
  track: Track;
  producerId: string | null;
  stream: MediaStream | null;
  paused: boolean;
  held: boolean;
  frozen: boolean;
}

export interface StageInput {
  participants: readonly ParticipantView[];
  pictures: readonly StagePicture[];
  meId: string | null;
  speakingId: string | null;
  /** Who is here and not heard, and why. */
  unheard: ReadonlyMap<string, SoundSign>;
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

/** The places every session keeps, whoever is there. */
const PLACES: readonly Place[] = [
  { part: "specialist", track: "camera" },
  { part: "clerk", track: "camera" },
  { part: "clerk", track: "document_camera" },
  { part: "clerk", track: "desktop" },
];
const KEPT_PARTS: ReadonlySet<Part> = new Set(PLACES.map(({ part }) => part));
const AT_THE_COUNTER: ReadonlySet<Part> = new Set(["clerk", "citizen"]);

/** The kept places, a face for everybody else who may show one, then whatever else is sent. */
export function buildTiles(input: StageInput): Tile[] {
  const kept = PLACES.map((place) => keptTile(place, input));
  const faces = input.participants
    .filter((person) => !KEPT_PARTS.has(person.part) && person.sends.includes("camera"))
    .map((person) => faceTile(person, input));
  const known = new Set([...kept, ...faces].map((tile) => tile.key));
  const here = new Set(input.participants.map((person) => person.participant_id));
  // My own pictures are there before I know who I am: they wait for their place.
  const others = input.pictures.filter(
    ({ track, participantId: id }) => track !== "microphone" && here.has(id) && !known.has(`${track}-${id}`),
  );
  return [...kept, ...faces, ...others.map((picture) => extraTile(picture, input))];
}

/**
 * The tiles in the places they had. Who left for good leaves an empty place that says so, until a newcomer takes it;
 * an ended picture behind which nothing stands gives its place up at once.
 */
export function arrange(before: readonly Tile[], tiles: readonly Tile[]): Tile[] {
  const now = new Map(tiles.map((tile) => [placeOf(tile), tile]));
  const known = new Set(before.map(placeOf));
  const people = new Set(tiles.map((tile) => tile.participantId));
  const newcomers = tiles.filter((tile) => !known.has(placeOf(tile)));
  const kept = before.map((tile) => now.get(placeOf(tile)) ?? newcomers.shift() ?? freed(tile, people.has(tile.participantId)));
  const last = kept.map((tile) => now.has(placeOf(tile)) || tile.state === "left").lastIndexOf(true);
  return [...kept.slice(0, last + 1), ...newcomers];
}

/** What stands where nobody sends any more: the person is `here` still, or gone too. */
function freed(tile: Tile, here: boolean): Tile {
  return { ...tile, producerId: null, stream: null, speaking: false, unheard: null, state: here ? "idle" : "left" };
}

/** True with more faces than the two of every session: then a name alone does not say who somebody is. */
export function isRound(tiles: readonly Tile[]): boolean {
  return tiles.filter((tile) => tile.track === "camera").length > PLACES.filter((place) => place.track === "camera").length;
}

/** The place that is on the stage before anybody chose: for the counter the specialist's face, else the counter's. */
export function firstPlace(tiles: readonly Tile[], myPart: Part): Tile | null {
  const wanted: Part = AT_THE_COUNTER.has(myPart) ? "specialist" : "clerk";
  return tiles.find((tile) => tile.part === wanted && tile.track === "camera") ?? tiles[0] ?? null;
}

/** A place that survives the new id of who has one of the kept parts; of the others each has their own. */
export function placeOf(tile: Tile): string {
  return `${KEPT_PARTS.has(tile.part) ? tile.part : tile.participantId}/${tile.track}`;
}

function keptTile(place: Place, input: StageInput): Tile {
  const person = input.participants.find((participant) => participant.part === place.part);
  const picture = input.pictures.find(
    (candidate) => candidate.participantId === person?.participant_id && candidate.track === place.track,
  );
  const name = person?.name ?? input.expected[place.part] ?? "";
  return tile(place, person ?? null, picture ?? null, name, input);
}

function faceTile(person: ParticipantView, input: StageInput): Tile {
  const picture = input.pictures.find(
    (candidate) => candidate.participantId === person.participant_id && candidate.track === "camera",
  );
  return tile({ part: person.part, track: "camera" }, person, picture ?? null, person.name, input);
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
    unheard: (place.track === "camera" && person && input.unheard.get(person.participant_id)) || null,
  };
}

function stateOf(track: VideoTrack, person: ParticipantView | null, picture: StagePicture | null, own: boolean, input: StageInput): TileState {
  if (person && !person.online && !own) return "reconnecting";
  if (picture?.held) return "held";
  if (picture?.paused) return "paused";
  if (picture?.frozen) return "reconnecting";
  if (picture?.stream) return "live";
  if (!own && track === "desktop" && input.resuming) return "resuming";
  if (own && input.starting.has(track)) return "connecting";
  return input.joining && track === "camera" ? "connecting" : "idle";
}
