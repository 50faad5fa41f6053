/** How devices are asked for: at the sizes we start with, then with less and less of what one refuses. Pure. */
import type { Track } from "@/protocol/generated";

/** The kinds that are devices; the desktop is chosen in the browser's own picker each time. */
export type DeviceKind = Exclude<Track, "desktop">;

/** Old PCs set the pace: camera 360p15, document camera 720p5. */
const SIZES: Readonly<Record<DeviceKind, MediaTrackConstraints>> = {
  camera: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 15 } },
  document_camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 5, max: 15 } },
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

/**
 * What a device of this kind gives in a session; `deviceId` empty = the system's default.
 *
 * @param noisy a microphone keeps its noise, for the page suppresses it: twice over would mutilate voices. The
 *   browser's echo cancellation stays, it alone knows what the loudspeaker plays.
 */
export function wishes(kind: DeviceKind, deviceId: string, noisy = false): MediaTrackConstraints {
  const own = kind === "microphone" && noisy ? { noiseSuppression: false } : {};
  return { ...SIZES[kind], ...own, ...(deviceId ? { deviceId: { exact: deviceId } } : {}) };
}

/**
 * What to ask for after a device refused; null when nothing more can be given up.
 *
 * @param refused `OverconstrainedError.constraint`; empty where the browser does not name it. Which device it is to be
 *   is never given up: another one is another choice.
 */
export function relaxed(asked: MediaTrackConstraints, refused: string): MediaTrackConstraints | null {
  if (refused === "deviceId" || refused === "groupId") return null;
  const { deviceId, ...rest } = asked;
  const names = Object.keys(rest);
  if (names.length === 0) return null;
  const kept = names.includes(refused) ? names.filter((name) => name !== refused) : [];
  const left = Object.fromEntries(kept.map((name) => [name, rest[name as keyof typeof rest]]));
  return { ...left, ...(deviceId === undefined ? {} : { deviceId }) } as MediaTrackConstraints;
}

/** As `getUserMedia` takes it: a kind without wishes is asked for by `true`. */
export function request(kind: DeviceKind, wish: MediaTrackConstraints): MediaStreamConstraints {
  const asked = Object.keys(wish).length > 0 ? wish : true;
  return kind === "microphone" ? { audio: asked } : { video: asked };
}

/** The size that a video kind has in a session, to go back to after a still. */
export function sessionSize(kind: DeviceKind): MediaTrackConstraints {
  return SIZES[kind];
}
