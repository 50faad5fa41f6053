/** What a step of the ladder means for the encodings of a picture that is sent. Pure. */
import type { Track } from "@/protocol/generated";
import type { Share } from "@/rtc/ladder";

/** What a browser is told at most of the encodings of one picture. */
export interface Restraint {
  /** The best encoding that may be sent, the lowest is 0. */
  maxLayer: number;
  maxFramerate: number;
  /** In bit/s, where there is one encoding only; null: each has its own. */
  maxBitrate: number | null;
}

interface Encoding {
  maxBitrate?: number;
  maxFramerate?: number;
}

/** Pictures a second where the least of a track is sent: a face that moves, a paper and a screen that are read. */
const FEWEST: Readonly<Record<Track, number>> = { microphone: 0, camera: 5, document_camera: 2, desktop: 3 };
/** Part of its bit rate that a picture with a single encoding keeps. */
const KEPT = { whole: 1, lower: 0.4, least: 0.2, none: 0.2 };
/** A screen of text needs so much before it can be read. */
const KEPT_OF_DESKTOP = { whole: 1, lower: 1, least: 0.35, none: 0.35 };

/** The restraint on a track whose encodings were made with these bounds. */
export function restraintOf(name: Track, share: Share, encodings: readonly Encoding[]): Restraint {
  const best = encodings.length - 1;
  const frames = encodings[best]?.maxFramerate ?? FEWEST[name];
  const few = share === "least" || share === "none";
  const kept = name === "desktop" ? KEPT_OF_DESKTOP : KEPT;
  return {
    maxLayer: share === "whole" ? best : few ? 0 : Math.max(0, best - 1),
    maxFramerate: few ? Math.min(frames, FEWEST[name]) : frames,
    maxBitrate: encodings.length === 1 ? Math.round((encodings[0]?.maxBitrate ?? 0) * kept[share]) || null : null,
  };
}

/** What of a picture may be sent at most, in bit/s, when nobody wants more than the encoding `maxLayer`. */
export function rateOf(restraint: Restraint, encodings: readonly Encoding[], maxLayer: number): number {
  if (restraint.maxBitrate !== null && maxLayer >= 0) return restraint.maxBitrate;
  const sent = encodings.slice(0, Math.min(restraint.maxLayer, maxLayer) + 1);
  return sent.reduce((sum, { maxBitrate }) => sum + (maxBitrate ?? 0), 0);
}
