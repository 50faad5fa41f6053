/** Cameras, microphones and loudspeakers: what is there, what was chosen once, and why one could not be opened. */
import { defineStore } from "pinia";
import { computed, reactive, ref, shallowRef } from "vue";
import type { Track } from "@/protocol/generated";
import { listDevices, openDevice, type DeviceKind } from "@/rtc/capture";
import { DeviceError, failureOf, type FailureCode } from "@/rtc/failures";
import { sampleCamera, sampleDocument, type SampleSource } from "@/rtc/samples";
import { sampleVoice } from "@/rtc/sampleVoice";
import { useAuth } from "@/state/auth";
import { useConfig } from "@/state/config";
import { words } from "@/state/i18n";

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
}

const STORAGE_KEY = "bangban.devices";
export const SAMPLE_IDS = { camera: "sample:camera", document_camera: "sample:document", microphone: "sample:voice" } as const;
const NOTHING_CHOSEN: Chosen = { microphone: null, camera: null, document_camera: null, speaker: null };

/** Video codecs a person may prefer to send; the other end receives either. H264 may run on the graphics chip. */
export const CODECS = ["vp8", "h264"] as const;
export type Codec = (typeof CODECS)[number];

interface Remembered {
  chosen: Chosen;
  tested: boolean;
  codec: Codec;
}

function recall(): Remembered {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Remembered>;
    const codec = stored.codec === "h264" ? "h264" : "vp8";
    return { chosen: { ...NOTHING_CHOSEN, ...stored.chosen }, tested: stored.tested ?? false, codec };
  } catch {
    return { chosen: { ...NOTHING_CHOSEN }, tested: false, codec: "vp8" };
  }
}

export const useDevices = defineStore("devices", () => {
  const config = useConfig();
  const found = shallowRef<MediaDeviceInfo[]>([]);
  const remembered = recall();
  const chosen = reactive<Chosen>(remembered.chosen);
  /** The device test was finished once on this PC. */
  const tested = ref(remembered.tested);
  const codec = ref<Codec>(remembered.codec);
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
    return found.value
      .filter((device) => device.kind === kind && device.deviceId !== "")
      .map((device, index) => ({
        id: device.deviceId,
        label: device.label || words(unnamed, { n: String(index + 1) }),
        sample: false,
      }));
  }

  function sample(id: string, key: string): DeviceChoice[] {
    return samples.value ? [{ id, label: words(key), sample: true }] : [];
  }

  async function refresh(): Promise<void> {
    found.value = await listDevices();
  }

  function choose(kind: ChoiceKind, id: string): void {
    chosen[kind] = id;
    save();
  }

  function finishTest(): void {
    tested.value = true;
    save();
  }

  function chooseCodec(name: Codec): void {
    codec.value = name;
    save();
  }

  function save(): void {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ chosen, tested: tested.value, codec: codec.value }));
  }

  /** Before the first permission browsers tell that there are cameras, but neither their ids nor how many. */
  function hasHardware(kind: DeviceKind): boolean {
    const wanted: MediaDeviceKind = kind === "microphone" ? "audioinput" : "videoinput";
    return found.value.some((device) => device.kind === wanted);
  }

  /** Learn how many cameras there are, which takes one permission; which of them looks at the desk is decided after it. */
  async function learnCameras(): Promise<void> {
    const unnamed = found.value.some((device) => device.kind === "videoinput" && device.deviceId === "");
    if (!unnamed || chosen.document_camera !== null) return;
    (await openDevice("camera", "")).stop();
    await refresh();
  }

  /** The device to use for a kind: the chosen one if it is there, else a sensible one; null when there is none. */
  function resolve(kind: DeviceKind): string | null {
    const list = kind === "microphone" ? microphones.value : cameras.value;
    const wanted = chosen[kind];
    if (wanted === "") return null;
    if (wanted !== null && list.some(({ id }) => id === wanted)) return wanted;
    const hardware = list.filter((choice) => !choice.sample && choice.id !== chosen.camera);
    if (kind === "document_camera") {
      const second = chosen.camera === null ? hardware[1] : hardware[0];
      return second?.id ?? (samples.value ? SAMPLE_IDS.document_camera : null);
    }
    if (hasHardware(kind)) return "";
    return samples.value ? SAMPLE_IDS[kind] : "";
  }

  /**
   * Open the device for a kind; null when none is wanted or there is no document camera.
   *
   * A failure is kept in `failures` under its own kind only, and thrown as `DeviceError`.
   */
  async function open(kind: DeviceKind): Promise<OpenSource | null> {
    if (found.value.length === 0) await refresh();
    try {
      if (kind === "document_camera") await learnCameras();
      const id = resolve(kind);
      if (id === null) return null;
      const source = await openById(kind, id);
      failures[kind] = null;
      void refresh();
      return source;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === "missing" && samples.value && chosen[kind] === null) return openById(kind, SAMPLE_IDS[kind]);
      failures[kind] = failure;
      throw error instanceof DeviceError ? error : new DeviceError(failure, error);
    }
  }

  /** Open exactly this device, whatever is chosen; used by the device test to show all cameras at once. */
  async function openById(kind: DeviceKind, id: string): Promise<OpenSource> {
    if (id.startsWith("sample:")) return { ...openSample(id), deviceId: id };
    const track = await openDevice(kind, id);
    return { track, label: track.label, deviceId: id, stop: () => track.stop() };
  }

  function openSample(id: string): SampleSource & { label: string } {
    if (id === SAMPLE_IDS.microphone) return { ...sampleVoice(), label: words("devices.sample.voice") };
    if (id === SAMPLE_IDS.document_camera) {
      const lines = words("devices.sample.invoice").split("\n");
      return { ...sampleDocument(lines), label: words("devices.sample.document") };
    }
    return { ...sampleCamera(useAuth().staff?.name ?? ""), label: words("devices.sample.camera") };
  }

  navigator.mediaDevices?.addEventListener?.("devicechange", () => void refresh());

  return {
    cameras, microphones, speakers, chosen, failures, tested, codec, samples,
    refresh, choose, chooseCodec, finishTest, resolve, open, openById,
  };
});
