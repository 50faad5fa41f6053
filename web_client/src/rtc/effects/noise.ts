/** RNNoise between the microphone and what is sent, in an audio worklet; loaded when it is switched on first. */
import { loadRnnoise, RnnoiseWorkletNode } from "@sapphi-red/web-noise-suppressor";
import plainUrl from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import workletUrl from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";
import simdUrl from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import { LOOK_MS, NOISE_LIMIT, SoundPace } from "@/rtc/effects/pace";
import { StageError, type Stage, type Terms } from "@/rtc/effects/stage";
import { startTicker } from "@/rtc/ticker";

/** The rate RNNoise was trained at, in Hz. */
const RATE_HZ = 48_000;
/** Sound that the cost is measured with, in s. */
const MEASURED_S = 1.5;

export async function openNoise(device: MediaStreamTrack, terms: Terms): Promise<Stage> {
  const wasmBinary = await loadRnnoise({ url: plainUrl, simdUrl });
  if (!WebAssembly.validate(wasmBinary)) throw new StageError("failed");
  if (terms.measure && (await cost(wasmBinary)) > NOISE_LIMIT) throw new StageError("slow");
  terms.signal.throwIfAborted();
  const audio = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
  const close = () => void audio.close().catch(() => undefined);
  terms.signal.addEventListener("abort", close);
  try {
    await audio.audioWorklet.addModule(workletUrl);
    await running(audio, terms.signal);
    return connect(audio, device, wasmBinary, terms);
  } catch (error) {
    close();
    throw error;
  }
}

function connect(audio: AudioContext, device: MediaStreamTrack, wasmBinary: ArrayBuffer, terms: Terms): Stage {
  const source = audio.createMediaStreamSource(new MediaStream([device]));
  const suppressor = new RnnoiseWorkletNode(audio, { wasmBinary, maxChannels: 1 });
  const out = new MediaStreamAudioDestinationNode(audio, { channelCount: 1, channelCountMode: "explicit" });
  source.connect(suppressor).connect(out);
  suppressor.addEventListener("processorerror", () => terms.over("failed"));
  audio.addEventListener("statechange", () => audio.state !== "running" && terms.over("failed"));
  const pace = new SoundPace();
  const stopLooking = startTicker(LOOK_MS, () => {
    const late = pace.look(audio.currentTime, performance.now() / 1000);
    if (late && !terms.anyway) terms.over("slow");
  });
  const track = out.stream.getAudioTracks()[0]!;
  const stop = () => {
    stopLooking();
    source.disconnect();
    track.stop();
    void audio.close().catch(() => undefined);
  };
  return { track, stop };
}

/** What it takes of one core: its time over the sound's. */
async function cost(wasmBinary: ArrayBuffer): Promise<number> {
  const audio = new OfflineAudioContext(1, MEASURED_S * RATE_HZ, RATE_HZ);
  await audio.audioWorklet.addModule(workletUrl);
  const buffer = audio.createBuffer(1, MEASURED_S * RATE_HZ, RATE_HZ);
  buffer.copyToChannel(Float32Array.from({ length: buffer.length }, () => (Math.random() - 0.5) / 5), 0);
  const hiss = new AudioBufferSourceNode(audio, { buffer });
  // The package names live contexts only; the node is the same.
  const suppressor = new RnnoiseWorkletNode(audio as unknown as AudioContext, { wasmBinary, maxChannels: 1 });
  let broken = false;
  suppressor.addEventListener("processorerror", () => (broken = true));
  hiss.connect(suppressor).connect(audio.destination);
  hiss.start();
  const began = performance.now();
  await audio.startRendering();
  if (broken) throw new StageError("failed");
  return (performance.now() - began) / 1000 / MEASURED_S;
}

/** Wait until the page may play, which may take a click; until then the microphone's own sound is sent. */
function running(audio: AudioContext, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => void audio.resume().catch(() => undefined);
    const look = () => {
      if (audio.state !== "running") return;
      removeEventListener("pointerdown", wake);
      audio.removeEventListener("statechange", look);
      resolve();
    };
    const leave = () => {
      removeEventListener("pointerdown", wake);
      reject(new StageError("failed"));
    };
    addEventListener("pointerdown", wake);
    audio.addEventListener("statechange", look);
    signal.addEventListener("abort", leave);
    wake();
    look();
  });
}
