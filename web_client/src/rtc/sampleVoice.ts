/** The sample voice: murmured sentences with pauses, so that meters, speaker detection and recordings have something. */
import { audioContext } from "@/rtc/chime";
import type { SampleSource } from "@/rtc/samples";
import { startTicker } from "@/rtc/ticker";

/** Pitch in Hz, syllables a second, and the length of a sentence and the pause after it, in s. */
const VOICE = { hz: 130, syllablesPerS: 3.2, sentenceS: 2.4, pauseS: 1.6, volume: 0.12 };
const HARMONICS = [1, 0.7, 0.5, 0.45, 0.5, 0.3, 0.15];
const RATE = 48_000;
const CHUNK_MS = 20;
/** Most sound made up for at once after the page was held up, in samples. */
const MOST_SAMPLES = RATE / 5;

/** One sample at `second` of the voice's own time, −1…1; silence between the sentences. */
export function voiceAt(second: number): number {
  if (second % (VOICE.sentenceS + VOICE.pauseS) > VOICE.sentenceS) return 0;
  const mouth = 0.5 - 0.5 * Math.cos(2 * Math.PI * VOICE.syllablesPerS * second);
  const phase = 2 * Math.PI * VOICE.hz * second;
  const throat = HARMONICS.reduce((sum, strength, index) => sum + strength * Math.sin(phase * (index + 1)), 0);
  return (VOICE.volume * mouth * throat) / 2;
}

interface SoundGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<unknown>;
}
type GeneratorClass = new (init: { kind: "audio" }) => SoundGenerator;
type SoundClass = new (init: object) => { close(): void };

/** Chromium's generator speaks without a click; elsewhere the voice starts with the page's first click. */
export function sampleVoice(): SampleSource {
  const browser = window as unknown as { MediaStreamTrackGenerator?: GeneratorClass; AudioData?: SoundClass };
  const { MediaStreamTrackGenerator: Generator, AudioData: Sound } = browser;
  return Generator && Sound ? generatedVoice(new Generator({ kind: "audio" }), Sound) : playedVoice();
}

function generatedVoice(track: SoundGenerator, Sound: SoundClass): SampleSource {
  const writer = track.writable.getWriter();
  const begun = performance.now();
  let made = 0;
  const stopTicker = startTicker(CHUNK_MS, () => {
    const due = Math.round(((performance.now() - begun) / 1000) * RATE);
    made = Math.max(made, due - MOST_SAMPLES);
    const count = due - made;
    if (count <= 0 || track.readyState === "ended") return;
    const data = Float32Array.from({ length: count }, (_, index) => voiceAt((made + index) / RATE));
    const timestamp = Math.round((made / RATE) * 1e6);
    const sound = new Sound({ format: "f32", sampleRate: RATE, numberOfFrames: count, numberOfChannels: 1, timestamp, data });
    writer.write(sound).catch(() => sound.close());
    made = due;
  });
  const stop = () => {
    stopTicker();
    track.stop();
  };
  return { track, stop };
}

function playedVoice(): SampleSource {
  const audio = audioContext();
  const out = audio.createMediaStreamDestination();
  const length = Math.round((VOICE.sentenceS + VOICE.pauseS) * audio.sampleRate);
  const buffer = audio.createBuffer(1, length, audio.sampleRate);
  buffer.copyToChannel(Float32Array.from({ length }, (_, index) => voiceAt(index / audio.sampleRate)), 0);
  const voice = new AudioBufferSourceNode(audio, { buffer, loop: true });
  voice.connect(out);
  voice.start();
  addEventListener("pointerdown", () => void audio.resume(), { once: true });
  const track = out.stream.getAudioTracks()[0]!;
  const stop = () => {
    voice.stop();
    track.stop();
  };
  return { track, stop };
}
