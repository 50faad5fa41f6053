/** What the pages hand to the presentational components of a session. */

import type { Part, Quality, Track } from "@/protocol/generated";

import type { UnitPoint } from "./geometry";
import type { SoundSign } from "./signs";

/**
 * Life of one picture: `idle` is a kept place nobody sends to, `resuming` a share that a reload interrupted, `left`
 * the place of somebody who is gone for good; `held` one that a thin line leaves out.
 */
export type TileState = "idle" | "connecting" | "live" | "paused" | "held" | "reconnecting" | "resuming" | "left";

/** One place of the stage; places are kept whether or not somebody sends. */
export interface Tile {
  /** `<track>-<participant id>`; stable for the whole call. */
  key: string;
  participantId: string;
  /** The producer behind the picture, needed to annotate it; null while nobody sends. */
  producerId: string | null;
  track: Exclude<Track, "microphone">;
  part: Part;
  name: string;
  own: boolean;
  stream: MediaStream | null;
  state: TileState;
  speaking: boolean;
  /** On a face: why nobody hears its owner. */
  unheard: SoundSign | null;
}

/** Another person's pointer over a producer's picture. */
export interface RemotePointer {
  participantId: string;
  producerId: string;
  name: string;
  x: number;
  y: number;
}

/** Somebody draws on a picture, or began to share it. */
export interface FollowNote {
  what: "draw" | "share";
  name: string;
}

/** One of the two places for a large picture. */
export type Pane = "main" | "beside";

/** What the mouse does over the main picture. */
export type DrawingTool = "off" | "pen" | "pointer";

/** A device button of the media bar. */
export interface DeviceButton {
  track: Track;
  state: "off" | "starting" | "on" | "failed";
  /** What is wrong and what to do, in plain words. */
  sentence?: string;
}

/** Network in words; `null` before the first figures. */
export type NetworkWord = Quality | "reconnecting" | null;

/** Some points of a freehand stroke as they are drawn; `done` ends it and may come without a point. */
export interface StrokePart {
  strokeId: string;
  points: UnitPoint[];
  done: boolean;
}
