/** Loudness of a microphone for the level meter, 0 to 1. */
import { audioContext } from "@/rtc/chime";

/** Loudness below this many dBFS shows as nothing; full scale shows as 1. */
const FLOOR_DB = -60;
/** Sample rates of microphones: Firefox listens to one only in a context of the same rate, and does not always tell it. */
const RATES_HZ: readonly number[] = [48_000, 44_100, 16_000, 32_000, 8_000, 96_000];

/** This browser cannot listen to the microphone; whether others hear it is another matter. */
export class UnmeasuredError extends Error {}

export class LevelMeter {
  private readonly source: MediaStreamAudioSourceNode;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;
  private readonly own: AudioContext | null;

  /** Throws `UnmeasuredError`. */
  constructor(track: MediaStreamTrack) {
    const found = listen(track);
    this.source = found.source;
    this.analyser = found.analyser;
    this.own = found.own;
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  /** The context runs: before the first click of a page it may not, and hears nothing. */
  get runs(): boolean {
    return this.source.context.state === "running";
  }

  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    return levelOf(this.samples);
  }

  /** The distance between the largest and the smallest of the latest samples, 0…2. */
  spread(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    return this.samples.reduce((most, sample) => Math.max(most, sample), -1) - this.samples.reduce((least, sample) => Math.min(least, sample), 1);
  }

  stop(): void {
    this.source.disconnect();
    void this.own?.close();
  }
}

interface Listening {
  source: MediaStreamAudioSourceNode;
  analyser: AnalyserNode;
  /** Made for this track; the page's own stays open. */
  own: AudioContext | null;
}

/** Listen in the page's context, else in one of the microphone's rate. */
function listen(track: MediaStreamTrack): Listening {
  const told = track.getSettings().sampleRate;
  const shared = connect(audioContext(), track);
  if (shared) return { ...shared, own: null };
  for (const sampleRate of told ? [told, ...RATES_HZ] : RATES_HZ) {
    const own = contextOf(sampleRate);
    const found = own && connect(own, track);
    if (found) {
      void own.resume().catch(() => undefined);
      return { ...found, own };
    }
    void own?.close();
  }
  throw new UnmeasuredError();
}

function contextOf(sampleRate: number): AudioContext | null {
  try {
    return new AudioContext({ sampleRate });
  } catch {
    return null; // not a rate of this browser
  }
}

function connect(audio: AudioContext, track: MediaStreamTrack): Omit<Listening, "own"> | null {
  try {
    const source = audio.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(audio, { fftSize: 1024 });
    source.connect(analyser);
    return { source, analyser };
  } catch {
    return null; // another rate
  }
}

/** Root mean square of samples in −1…1 as a position between `FLOOR_DB` and full scale. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  if (power === 0) return 0;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / FLOOR_DB));
}
