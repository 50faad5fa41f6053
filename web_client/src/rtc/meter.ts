/** Loudness of a microphone for the level meter, 0 to 1. */
import { audioContext } from "@/rtc/chime";

/** Loudness below this many dBFS shows as nothing; full scale shows as 1. */
const FLOOR_DB = -60;

export class LevelMeter {
  private readonly source: MediaStreamAudioSourceNode;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(track: MediaStreamTrack) {
    const audio = audioContext();
    this.source = audio.createMediaStreamSource(new MediaStream([track]));
    this.analyser = new AnalyserNode(audio, { fftSize: 1024 });
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source.connect(this.analyser);
  }

  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    return levelOf(this.samples);
  }

  stop(): void {
    this.source.disconnect();
  }
}

/** Root mean square of samples in −1…1 as a position between `FLOOR_DB` and full scale. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  if (power === 0) return 0;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / FLOOR_DB));
}
