/** What is sent of each track: rates, smaller encodings beside the whole picture, and who comes first on a thin line. Pure. */
import type { types } from "mediasoup-client";
import type { Track } from "@/protocol/generated";

type Picture = Exclude<Track, "microphone">;
type Encoding = types.RtpEncodingParameters;

/** Size of a picture in pixels; without it, nothing is known. */
export type Size = Pick<MediaTrackSettings, "width" | "height">;

/** Highest bit rates we configure, in bit/s: what old PCs and village lines carry. */
const BITRATE: Readonly<Record<Picture, { maxBitrate: number; maxFramerate: number }>> = {
  camera: { maxBitrate: 400_000, maxFramerate: 15 },
  document_camera: { maxBitrate: 800_000, maxFramerate: 5 },
  desktop: { maxBitrate: 1_200_000, maxFramerate: 8 },
};

/** Smaller encodings beside the whole picture, the smallest first: each receiver gets what its line and its window bear. */
const SMALLER: Readonly<Record<Picture, readonly { scaleResolutionDownBy: number; maxBitrate: number }[]>> = {
  camera: [
    { scaleResolutionDownBy: 4, maxBitrate: 60_000 },
    { scaleResolutionDownBy: 2, maxBitrate: 150_000 },
  ],
  document_camera: [{ scaleResolutionDownBy: 2, maxBitrate: 250_000 }],
  desktop: [],
};

/** Share of what the line leaves beyond the least of each: a screen and a paper are read, a face is seen. */
const PRIORITY: Readonly<Record<Picture, RTCPriorityType>> = { desktop: "high", document_camera: "medium", camera: "low" };

/** With so few processors every encoding but one more is too many. */
const WEAK_PROCESSORS = 2;

/** Chromium sends no second and no third encoding of a picture of fewer pixels, and it is the largest that it leaves out. */
const LEAST_OF_TWO = 480 * 270;
const LEAST_OF_THREE = 960 * 540;

/** Speech is marked on the wire (RFC 8837 §5); pictures are not, as one estimate is made of all that share a queue. */
export const SPEECH: Encoding = { priority: "high", networkPriority: "high" };

/** The whole picture alone. */
export function wholeOf(name: Picture): Encoding {
  return { ...BITRATE[name], priority: PRIORITY[name] };
}

/**
 * What is sent of a picture, the smallest first.
 *
 * Every second frame of VP8 may be left out on a line that bears no more (L1T2); of H.264 the server cannot tell which.
 * The first one bears the priority of all: Chromium refuses it of any other.
 */
export function encodingsOf(name: Picture, { width = 0, height = 0 }: Size, processors: number, mimeType: string): Encoding[] {
  const pixels = width * height;
  const most = processors <= WEAK_PROCESSORS || pixels < LEAST_OF_THREE ? 1 : 2;
  const smaller = pixels < LEAST_OF_TWO ? [] : SMALLER[name].slice(-most);
  if (smaller.length === 0) return [wholeOf(name)];
  const { maxBitrate, maxFramerate } = BITRATE[name];
  const scalabilityMode = mimeType.toLowerCase() === "video/vp8" ? "L1T2" : "L1T1";
  const all: Encoding[] = [...smaller, { scaleResolutionDownBy: 1, maxBitrate }].map((one) => ({ ...one, maxFramerate, scalabilityMode }));
  all[0]!.priority = PRIORITY[name];
  return all;
}
