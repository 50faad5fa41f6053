/** Cameras, microphones and loudspeakers: what is there, what was chosen once, and why one could not be opened. */
import { defineStore } from "pinia";
import { computed, reactive, ref, shallowRef } from "vue";
import type { DisplaySurface, Track } from "@/protocol/generated";
import { listDevices, openDevice } from "@/rtc/capture";
import { bestCodec, type Codec } from "@/rtc/codec";
import type { DeviceKind } from "@/rtc/constraints";
import { defaultGroup, isTold, named, pick, pickSpeaker, type Choice, type Pick } from "@/rtc/deviceChoice";
import type { DeviceEvent } from "@/rtc/deviceTable";
import { DeviceError, failureOf, type FailureCode } from "@/rtc/failures";
import { sampleCamera, sampleDocument, type SampleSource } from "@/rtc/samples";
import { sampleVoice } from "@/rtc/sampleVoice";
import { useAuth } from "@/state/auth";
import { useConfig } from "@/state/config";
import { useEffects } from "@/state/effects";
import { words } from "@/state/i18n";
import { kept } from "@/state/storage";

export type ChoiceKind = DeviceKind | "speaker";

export interface DeviceChoice {
  id: string;
  label: string;
  /** Made by the page itself: 示例摄像头, 示例高拍仪, 示例声音. */
  sample: boolean;
}

/** Chosen ids; null = not chosen yet (a sensible one is taken), "" = none wanted. */
export type Chosen = Record<ChoiceKind, string | null>;

/** An open local source: the track, what releases it, its name, and its own way to a still if it has one. */
export interface OpenSource {
  track: MediaStreamTrack;
  label: string;
  deviceId: string;
  stop(): void;
  still?: SampleSource["still"];
  /** What is shared, where the track does not tell: a drawn desktop. */
  surface?: DisplaySurface;
  /** How a real device came to be opened; absent for samples and screens, which no list tells of. */
  opening?: Opening;
}

interface Opening {
  /** Asked for as whatever the system's default is. */
  byDefault: boolean;
  /** It stands in for the chosen device. */
  instead: boolean;
  /** What the default was then, where the browser tells. */
  group: string | null;
  /** It was listed under its id. */
  listed: boolean;
}

const STORAGE_KEY = "bangban.devices";
export const SAMPLE_IDS = { camera: "sample:camera", document_camera: "sample:document", microphone: "sample:voice" } as const;
const NOTHING_CHOSEN: Chosen = { microphone: null, camera: null, document_camera: null, speaker: null };

const NOT_CHOSEN: Choice = { id: null, label: "" };
const SAMPLE_ID = "sample:";
const INPUT: Readonly<Record<DeviceKind, MediaDeviceKind>> = { microphone: "audioinput", camera: "videoinput", document_camera: "videoinput" };

interface Remembered {
  chosen: Chosen;
  /** The names that the chosen ones had: ids change when the browser forgets this address. */
  labels: Partial<Record<ChoiceKind, string>>;
  tested: boolean;
}

function recall(): Remembered {
  const stored = kept.recall<Partial<Remembered>>(STORAGE_KEY);
  return { chosen: { ...NOTHING_CHOSEN, ...stored?.chosen }, labels: stored?.labels ?? {}, tested: stored?.tested ?? false };
}

export const useDevices = defineStore("devices", () => {
  const config = useConfig();
  const found = shallowRef<MediaDeviceInfo[]>([]);
  const remembered = recall();
  const chosen = reactive<Chosen>(remembered.chosen);
  /** The device test was finished once on this PC. */
  const tested = ref(remembered.tested);
  const labels = { ...remembered.labels };
  /** Video codec to send with; nobody is asked. */
  const codec = ref<Codec>("vp8");
  /** The device of each kind that is open, or being opened; one that takes its place is another entry. */
  const inUse = new Map<DeviceKind, { id: string }>();
  /** Kinds that a real device was opened for: no sample takes its place any more. */
  const had = new Set<DeviceKind>();
  /** Where nothing was chosen, the cameras that were used: another one may show what nobody meant to show. */
  const used = new Map<DeviceKind, Choice>();
  const listeners = new Set<() => void>();
  let refreshes = 0;
  const failures = reactive<Record<Track, FailureCode | null>>({
    microphone: null,
    camera: null,
    document_camera: null,
    desktop: null,
  });
  const samples = computed(() => config.config?.demo ?? false);
  const cameras = computed(() => [
    ...real("videoinput", "devices.list.camera"),
    ...sample(SAMPLE_IDS.camera, "devices.sample.camera"),
    ...sample(SAMPLE_IDS.document_camera, "devices.sample.document"),
  ]);
  const microphones = computed(() => [
    ...real("audioinput", "devices.list.microphone"),
    ...sample(SAMPLE_IDS.microphone, "devices.sample.voice"),
  ]);
  const speakers = computed(() => real("audiooutput", "devices.list.speaker"));

  function real(kind: MediaDeviceKind, unnamed: string): DeviceChoice[] {
    const all = named(found.value, kind, (n) => words(unnamed, { n: String(n) }));
    return all.map((device) => ({ ...device, sample: false }));
  }

  function sample(id: string, key: string): DeviceChoice[] {
    return samples.value ? [{ id, label: words(key), sample: true }] : [];
  }

  async function refresh(): Promise<void> {
    const mine = (refreshes += 1);
    const [listed, best] = await Promise.all([listDevices(), bestCodec()]);
    if (mine !== refreshes) return;
    found.value = listed;
    codec.value = best;
  }

  /** Run `act` whenever devices came or went, once the list tells of it; returns what stops it. */
  function onListed(act: () => void): () => void {
    listeners.add(act);
    return () => listeners.delete(act);
  }

  function choose(kind: ChoiceKind, id: string): void {
    chosen[kind] = id;
    labels[kind] = found.value.find(({ deviceId }) => deviceId === id)?.label ?? "";
    save();
  }

  /** The person asks for whatever there is: a camera that was used before is not insisted on. */
  function anyWillDo(kind: DeviceKind): void {
    used.delete(kind);
  }

  function finishTest(): void {
    tested.value = true;
    save();
  }

  function save(): void {
    kept.write(STORAGE_KEY, JSON.stringify({ chosen, labels, tested: tested.value }));
  }

  /** Learn how many cameras there are, which takes one permission; which of them looks at the desk is decided after it. */
  async function learnCameras(): Promise<void> {
    const unnamed = found.value.some((device) => device.kind === "videoinput" && device.deviceId === "");
    if (!unnamed || chosen.document_camera !== null) return;
    (await openDevice("camera", "")).stop();
    await refresh();
  }

  function pickFor(kind: DeviceKind): Pick | "taken" | null {
    const other = kind === "camera" ? "document_camera" : "camera";
    const cameras = kind === "microphone" ? [] : [inUse.get(other)?.id, chosen[other]];
    const [open, spoken] = cameras.map((id) => (id && !id.startsWith(SAMPLE_ID) ? [id] : []));
    return pick(kind, {
      listed: found.value,
      choice: chosen[kind] === null ? (used.get(kind) ?? NOT_CHOSEN) : { id: chosen[kind], label: labels[kind] ?? "" },
      sample: samples.value && !had.has(kind) ? SAMPLE_IDS[kind] : null,
      inUse: open ?? [],
      spoken: spoken ?? [],
      firstIsFace: kind === "document_camera" && chosen.camera === null && !inUse.has("camera"),
    });
  }

  /** The id of the device to use for a kind, empty for the system's default; null when there is none to use. */
  function resolve(kind: DeviceKind): string | null {
    const found = pickFor(kind);
    return found === "taken" || found === null ? null : found.id;
  }

  /**
   * Open the device for a kind; null when none is wanted or there is no document camera.
   *
   * A failure is kept in `failures` under its own kind only, and thrown as `DeviceError`.
   */
  async function open(kind: DeviceKind): Promise<OpenSource | null> {
    try {
      if (found.value.length === 0) await refresh();
      if (kind === "document_camera") await learnCameras();
      const wanted = pickFor(kind);
      if (wanted === "taken") throw new DeviceError("taken");
      const source = wanted && (await openPicked(kind, wanted));
      failures[kind] = null;
      void refresh();
      return source;
    } catch (error) {
      const failure = failureOf(error);
      const never = samples.value && chosen[kind] === null && !had.has(kind);
      if (failure === "missing" && never) return openById(kind, SAMPLE_IDS[kind]);
      failures[kind] = failure;
      throw error instanceof DeviceError ? error : new DeviceError(failure, error);
    }
  }

  async function openPicked(kind: DeviceKind, wanted: Pick): Promise<OpenSource> {
    const before = inUse.get(kind);
    if (wanted.id) inUse.set(kind, { id: wanted.id });
    try {
      const source = await openChosenOrInstead(kind, wanted);
      if (source.opening) had.add(kind);
      if (source.opening && kind !== "microphone") used.set(kind, { id: source.deviceId, label: source.label });
      return occupying(kind, source);
    } catch (error) {
      if (before === undefined) inUse.delete(kind);
      else inUse.set(kind, before);
      throw error;
    }
  }

  /** The list may be older than what just went: a microphone that is asked for in vain gives way to the default. */
  async function openChosenOrInstead(kind: DeviceKind, wanted: Pick): Promise<OpenSource> {
    try {
      const source = await openById(kind, wanted.id, wanted.as === "instead");
      if (wanted.as === "namesake" && chosen[kind] !== null) choose(kind, wanted.id);
      return source;
    } catch (error) {
      const others = found.value.some((device) => device.kind === INPUT[kind] && device.deviceId !== wanted.id);
      if (kind !== "microphone" || !wanted.id || failureOf(error) !== "missing" || !others) throw error;
      return openById(kind, "", true);
    }
  }

  /** Count the device as in use until it is let go. */
  function occupying(kind: DeviceKind, source: OpenSource): OpenSource {
    const entry = { id: source.deviceId };
    inUse.set(kind, entry);
    const stop = () => {
      if (inUse.get(kind) === entry) inUse.delete(kind);
      source.stop();
    };
    return { ...source, stop };
  }

  /** Open exactly this device, whatever is chosen; used by the device test to show all cameras at once. */
  async function openById(kind: DeviceKind, id: string, instead = false): Promise<OpenSource> {
    if (id.startsWith(SAMPLE_ID)) return { ...openSample(id), deviceId: id };
    const track = await openDevice(kind, id, useEffects().uses("noise"));
    const deviceId = track.getSettings().deviceId ?? id;
    const group = defaultGroup(found.value, INPUT[kind]);
    const listed = found.value.some((device) => device.deviceId === deviceId);
    return { track, label: track.label, deviceId, stop: () => track.stop(), opening: { byDefault: id === "", instead, group, listed } };
  }

  /** The loudspeaker to play through, as things are. */
  function speaker(): { id: string; missing: boolean } {
    return pickSpeaker(found.value, { id: chosen.speaker, label: labels.speaker ?? "" });
  }

  /** What the list as it is now says of an open device. */
  function fateOf(kind: DeviceKind, { deviceId, opening }: OpenSource): DeviceEvent | null {
    if (!opening) return null;
    const there = found.value.some((device) => device.deviceId === deviceId);
    if (opening.listed && !there && isTold(found.value, INPUT[kind])) return "unlisted";
    if (opening.instead) {
      const better = pickFor(kind);
      if (better && better !== "taken" && better.as !== "instead") return "chosen_back";
    }
    const group = defaultGroup(found.value, INPUT[kind]);
    return opening.byDefault && group && opening.group && group !== opening.group ? "default_moved" : null;
  }

  function openSample(id: string): SampleSource & { label: string } {
    if (id === SAMPLE_IDS.microphone) return { ...sampleVoice(), label: words("devices.sample.voice") };
    if (id === SAMPLE_IDS.document_camera) {
      const lines = words("devices.sample.invoice").split("\n");
      return { ...sampleDocument(lines), label: words("devices.sample.document") };
    }
    return { ...sampleCamera(useAuth().staff?.name ?? ""), label: words("devices.sample.camera") };
  }

  navigator.mediaDevices?.addEventListener?.("devicechange", async () => {
    await refresh();
    listeners.forEach((act) => act());
  });

  return {
    cameras, microphones, speakers, chosen, failures, tested, codec, samples,
    refresh, onListed, choose, anyWillDo, finishTest, resolve, open, openById, speaker, fateOf,
  };
});
