/** The stages behind my own microphone and camera in a session; see `rtc/effects/stage`. */
import { shallowRef } from "vue";
import type { Track } from "@/protocol/generated";
import { EFFECT_OF, type Effect, type Fate, type Staged } from "@/rtc/effects/stage";
import { useEffects } from "@/state/effects";

/** How long a camera waits for its blurred background before it is seen as it is, in ms. */
const PATIENCE_MS = 5_000;

/** What was taken out in this session, and why: said once. */
export interface TakenOut {
  effect: Effect;
  fate: Fate;
}

export class Stages {
  readonly takenOut = shallowRef<TakenOut | null>(null);
  private readonly slots: Readonly<Record<Staged, ReturnType<ReturnType<typeof useEffects>["slot"]>>>;

  /**
   * `changed` runs when another track is to be sent of a source; `rewished` when its device is to be opened anew or a
   * stage to be begun: it was switched on or off, or taken out.
   */
  constructor(
    private readonly changed: (name: Staged) => void,
    private readonly rewished: (name: Staged) => void,
  ) {
    const effects = useEffects();
    const slot = (name: Staged) => effects.slot(EFFECT_OF[name], (fate) => this.moved(name, fate));
    this.slots = { microphone: slot("microphone"), camera: slot("camera") };
    effects.onSwitched((effect) => this.rewished(effect === "noise" ? "microphone" : "camera"));
  }

  /** Stand behind a device that was opened, where it is wanted. */
  begin(name: Track, device: MediaStreamTrack): Promise<void> {
    const slot = this.slotOf(name);
    slot?.end();
    return slot?.begin(device) ?? Promise.resolve();
  }

  /** As `begin`, but a face is not shown before its background is blurred, or the patience ends. */
  async ready(name: Track, begun: Promise<void>): Promise<void> {
    if (name !== "camera" || !useEffects().uses("blur")) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([begun, new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(timer);
  }

  end(name: Track): void {
    this.slotOf(name)?.end();
  }

  /** What is to be sent of a device. A stage goes on hearing one that was held back without it. */
  out(name: Track, device: MediaStreamTrack): MediaStreamTrack {
    const staged = this.slotOf(name)?.track;
    if (staged) device.enabled = true;
    return staged ?? device;
  }

  private moved(name: Staged, fate: Fate | null): void {
    if (fate) this.takenOut.value = { effect: EFFECT_OF[name], fate };
    this.changed(name);
    if (fate) this.rewished(name);
  }

  private slotOf(name: Track): (typeof this.slots)[Staged] | null {
    return name === "microphone" || name === "camera" ? this.slots[name] : null;
  }
}
