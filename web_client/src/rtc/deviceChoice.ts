/** Which device to open for a kind, from what is listed, what was chosen once and what is open already. Pure. */
import type { DeviceKind } from "@/rtc/constraints";

/** What was chosen: its id, and the name it had, for ids change when the browser forgets this address. */
export interface Choice {
  /** null = not chosen yet (a sensible one is taken), "" = none wanted. */
  id: string | null;
  label: string;
}

export interface Desk {
  listed: readonly MediaDeviceInfo[];
  choice: Choice;
  /** The sample of this kind; null where there are none, or a real device was there already. */
  sample: string | null;
  /** Ids of devices that the other kind of camera has open. */
  inUse: readonly string[];
  /** Ids that were chosen for the other kind of camera. */
  spoken: readonly string[];
  /** No camera was chosen for the face: the first one is left to it. */
  firstIsFace: boolean;
}

/** The device to open; `id` empty = the system's default. */
export interface Pick {
  id: string;
  /** It stands in for the chosen one until that is back; or it is the chosen one, known by its name alone. */
  as: "wished" | "instead" | "namesake";
}

/** Chromium's names for whatever the system's default is; they are no devices of their own. */
const ALIASES: readonly string[] = ["default", "communications"];

const INPUT: Readonly<Record<DeviceKind, MediaDeviceKind>> = { microphone: "audioinput", camera: "videoinput", document_camera: "videoinput" };

/** The device for a kind; null when none is wanted or there is none, `taken` when the chosen one has another use. */
export function pick(kind: DeviceKind, desk: Desk): Pick | "taken" | null {
  const { id } = desk.choice;
  if (id === "") return null;
  if (id === null) return usual(kind, desk);
  if (id.startsWith("sample:")) return { id, as: "wished" };
  if (kind !== "microphone" && desk.inUse.includes(id)) return "taken";
  return chosen(kind, id, desk);
}

function chosen(kind: DeviceKind, id: string, desk: Desk): Pick {
  const all = desk.listed.filter((device) => device.kind === INPUT[kind]);
  // Before a permission was given ids are not told; nor are they where nothing is listed: it is asked for by its id.
  const known = all.length > 0 && all.every(({ deviceId }) => deviceId !== "");
  if (!known || all.some(({ deviceId }) => deviceId === id)) return { id, as: "wished" };
  const named = all.filter(({ label, deviceId }) => label !== "" && label === desk.choice.label && !desk.inUse.includes(deviceId));
  if (named.length === 1) return { id: named[0]!.deviceId, as: "namesake" };
  // Another microphone hears the same room; another camera may show what nobody meant to show.
  return { id: kind === "microphone" ? "" : id, as: kind === "microphone" ? "instead" : "wished" };
}

function usual(kind: DeviceKind, desk: Desk): Pick | null {
  const taken = [...desk.inUse, ...desk.spoken];
  const all = desk.listed.filter((device) => device.kind === INPUT[kind]);
  const sample: Pick | null = desk.sample === null ? null : { id: desk.sample, as: "wished" };
  if (kind === "document_camera") {
    const rest = all.filter(({ deviceId }) => deviceId !== "" && !taken.includes(deviceId));
    const second = desk.firstIsFace ? rest[1] : rest[0];
    return second ? { id: second.deviceId, as: "wished" } : sample;
  }
  if (all.length === 0 && sample) return sample;
  const free = all.find(({ deviceId }) => !taken.includes(deviceId));
  if (kind === "microphone" || all[0] === free) return { id: "", as: "wished" };
  return free ? { id: free.deviceId, as: "wished" } : null; // all look at something else
}

/** The device behind the system's default, where the browser tells. */
export function defaultGroup(listed: readonly MediaDeviceInfo[], kind: MediaDeviceKind): string | null {
  return listed.find((device) => device.kind === kind && device.deviceId === "default")?.groupId || null;
}

/** Whether a list tells of every device of a kind by its id; otherwise none can be missed in it. */
export function isTold(listed: readonly MediaDeviceInfo[], kind: MediaDeviceKind): boolean {
  const all = listed.filter((device) => device.kind === kind);
  return listed.length > 0 && all.every(({ deviceId }) => deviceId !== "");
}

/** What a person chooses among: names that several devices have are numbered. */
export function named(listed: readonly MediaDeviceInfo[], kind: MediaDeviceKind, unnamed: (n: number) => string): { id: string; label: string }[] {
  const all = listed.filter((device) => device.kind === kind && device.deviceId !== "");
  const labels = all.map(({ label }, index) => label || unnamed(index + 1));
  return all.map(({ deviceId: id }, index) => {
    const label = labels[index]!;
    const same = labels.filter((other) => other === label).length;
    const nth = labels.slice(0, index + 1).filter((other) => other === label).length;
    return { id, label: same > 1 && !ALIASES.includes(id) ? `${label} (${nth})` : label };
  });
}

/** The loudspeaker to play through, empty for the system's default; `missing` when the chosen one is not there. */
export function pickSpeaker(listed: readonly MediaDeviceInfo[], { id, label }: Choice): { id: string; missing: boolean } {
  if (!id) return { id: "", missing: false };
  const all = listed.filter(({ kind }) => kind === "audiooutput");
  // Where browsers list no loudspeakers, they play through the chosen one or say that they cannot.
  if (!isTold(listed, "audiooutput") || all.length === 0 || all.some(({ deviceId }) => deviceId === id)) return { id, missing: false };
  const same = all.filter((device) => label !== "" && device.label === label);
  return same.length === 1 ? { id: same[0]!.deviceId, missing: false } : { id: "", missing: true };
}
