/** A full-size still picture of a document: the camera is turned up for one frame, then back to video size. */
import { jpeg } from "@/rtc/samples";

export interface Still {
  bytes: Blob;
  width: number;
  height: number;
  /** Lower-case hex SHA-256 of `bytes`. */
  sha256: string;
}

/** How long a camera may take to change its size, in ms. */
const TURN_UP_PATIENCE_MS = 3000;

/**
 * Take a still of a live camera track at the largest size it can give.
 *
 * @param usual the size it has in a session
 * @param stuck runs when the camera cannot be brought back to that: it has to be opened anew
 */
export async function takeStill(track: MediaStreamTrack, usual: MediaTrackConstraints, stuck: () => void): Promise<Still> {
  const before = track.getConstraints();
  const { width } = track.getSettings();
  const turnedUp = await turnUp(track);
  try {
    return await describe(await grab(track, turnedUp));
  } finally {
    if (turnedUp && !(await turnBack(track, width, [before, usual, sizeOf(usual)]))) stuck();
  }
}

function sizeOf({ width, height }: MediaTrackConstraints): MediaTrackConstraints {
  return { width, height };
}

/** Bring the camera back by the first way it takes; returns whether it gives no more than `width` again. */
async function turnBack(track: MediaStreamTrack, width: number | undefined, ways: readonly MediaTrackConstraints[]): Promise<boolean> {
  for (const way of ways) {
    const taken = await track.applyConstraints(way).then(() => true, () => false);
    if (taken && (track.getSettings().width ?? 0) <= (width ?? Infinity)) return true;
  }
  return track.readyState === "ended"; // gone meanwhile: its owner hears of that by itself
}

/** Add the hash the server will check. */
export async function describe(picture: { bytes: Blob; width: number; height: number }): Promise<Still> {
  return { ...picture, sha256: await sha256Hex(await picture.bytes.arrayBuffer()) };
}

export async function sha256Hex(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ask the camera for its largest picture; returns the width asked for, or null when it already gives it. */
async function turnUp(track: MediaStreamTrack): Promise<number | null> {
  const largest = track.getCapabilities?.();
  const width = largest?.width?.max ?? 0;
  const height = largest?.height?.max ?? 0;
  if (width <= (track.getSettings().width ?? 0)) return null;
  try {
    await track.applyConstraints({ width: { ideal: width }, height: { ideal: height } });
    return width;
  } catch {
    return null;
  }
}

/**
 * One frame of a track, seen through a clone: a track that the network holds back is disabled, and black.
 *
 * The clone is made once the camera is turned up and gone before it is turned back: Chromium gives a camera that has
 * several tracks no other size (crbug.com/946490).
 */
async function grab(track: MediaStreamTrack, wantedWidth: number | null) {
  const eye = track.clone();
  eye.enabled = true;
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([eye]);
  try {
    await video.play();
    await sizeReached(video, wantedWidth);
    const { videoWidth: width, videoHeight: height } = video;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d")!.drawImage(video, 0, 0);
    return { bytes: await jpeg(canvas), width, height };
  } finally {
    video.srcObject = null;
    eye.stop();
  }
}

/** Wait for a frame of the wanted width; whatever size has come is taken when patience ends. */
function sizeReached(video: HTMLVideoElement, wantedWidth: number | null): Promise<void> {
  const reached = () => video.videoWidth > 0 && (wantedWidth === null || video.videoWidth >= wantedWidth);
  if (reached()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      video.removeEventListener("resize", look);
      video.removeEventListener("loadeddata", look);
      resolve();
    };
    const look = () => reached() && end();
    const timer = setTimeout(end, TURN_UP_PATIENCE_MS);
    video.addEventListener("resize", look);
    video.addEventListener("loadeddata", look);
  });
}
