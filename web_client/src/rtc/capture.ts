/** Open cameras, microphones and screens at the sizes we start with; list what is there. */
import type { DisplaySurface } from "@/protocol/generated";
import { relaxed, request, wishes, type DeviceKind } from "@/rtc/constraints";
import { DeviceError, failureOf, refusedConstraint } from "@/rtc/failures";

/** Old PCs set the pace: 8 fps. */
const SURFACES: readonly DisplaySurface[] = ["monitor", "window", "browser"];
const DESKTOP = { width: { max: 1920 }, height: { max: 1200 }, frameRate: { ideal: 8, max: 8 } };

/** The system's device api; throws `insecure` where the address is not allowed to use it. */
function devices(): MediaDevices {
  const api = navigator.mediaDevices as MediaDevices | undefined;
  if (!api?.getUserMedia) throw new DeviceError(window.isSecureContext ? "unsupported" : "insecure");
  return api;
}

/**
 * Open one real device.
 *
 * @param kind what it is used for, which decides the size.
 * @param deviceId the browser's id; empty = the system's default.
 * @param noisy the page itself suppresses a microphone's noise.
 * @throws DeviceError with one cause, when it cannot be had at any size.
 */
export async function openDevice(kind: DeviceKind, deviceId: string, noisy = false): Promise<MediaStreamTrack> {
  const api = devices();
  let wish: MediaTrackConstraints | null = wishes(kind, deviceId, noisy);
  for (;;) {
    try {
      const stream = await api.getUserMedia(request(kind, wish));
      const track = stream.getTracks()[0]!;
      if (kind === "document_camera") track.contentHint = "detail";
      return track;
    } catch (error) {
      const refused = refusedConstraint(error);
      wish = refused === null ? null : relaxed(wish, refused);
      if (wish === null) throw new DeviceError(failureOf(error), error);
    }
  }
}

/** The screen, window or tab the person picks. Must be called inside a click. Throws `cancelled` when they pick none. */
export async function openDesktop(): Promise<MediaStreamTrack> {
  const api = devices();
  if (!api.getDisplayMedia) throw new DeviceError("unsupported");
  try {
    const stream = await api.getDisplayMedia({ video: DESKTOP, audio: false });
    const track = stream.getVideoTracks()[0]!;
    track.contentHint = "detail";
    return track;
  } catch (error) {
    throw new DeviceError(failureOf(error, "screen"), error);
  }
}

/** Which surface a shared desktop is: `monitor`, `window`, `browser`, or null where the browser does not tell. */
export function displaySurface(track: MediaStreamTrack): DisplaySurface | null {
  const said = track.getSettings().displaySurface;
  return SURFACES.find((known) => known === said) ?? null;
}

/** Every device the browser tells of; names are empty until a permission was given once. */
export async function listDevices(): Promise<MediaDeviceInfo[]> {
  try {
    return await devices().enumerateDevices();
  } catch {
    return [];
  }
}
