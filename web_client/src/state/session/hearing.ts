/** Listens to my own microphone for nothing at all: a plug, a switch or the wrong input; see `rtc/flatness`. */
import { elapsed } from "@/protocol/clock";
import { Flatness } from "@/rtc/flatness";
import { LevelMeter } from "@/rtc/meter";
import { startTicker } from "@/rtc/ticker";

const LOOK_EVERY_MS = 500;

export class Hearing {
  private stop: (() => void) | null = null;

  /** `listens` says whether it is to be heard now; `tell` hears of each change. */
  begin(track: MediaStreamTrack, listens: () => boolean, tell: (flat: boolean) => void): void {
    this.end();
    const meter = meterOf(track);
    if (!meter) return;
    const flatness = new Flatness();
    let flat = false;
    const stopTicker = startTicker(LOOK_EVERY_MS, () => {
      const hears = meter.runs && track.enabled && !track.muted && listens();
      if (!hears) flatness.rest();
      const now = hears && flatness.look(meter.spread(), elapsed());
      if (now !== flat) tell((flat = now));
    });
    this.stop = () => {
      stopTicker();
      meter.stop();
    };
  }

  end(): void {
    this.stop?.();
    this.stop = null;
  }
}

/** Null where this browser cannot listen: nothing is said then. */
function meterOf(track: MediaStreamTrack): LevelMeter | null {
  try {
    return new LevelMeter(track);
  } catch {
    return null;
  }
}
