/**
 * Noise suppression by this page and a blurred background: wanted or not, and whether this PC is fast enough.
 *
 * Both are off until somebody switches them on; the browser's own noise suppression is on without them. What was
 * measured is remembered for this browser; a PC that was too slow is measured anew when somebody asks for it.
 */
import { defineStore } from "pinia";
import { reactive } from "vue";
import { StageSlot, type Effect, type Fate, type OpenStage } from "@/rtc/effects/stage";
import { kept } from "@/state/storage";

export type EffectState = "off" | "starting" | "on" | Fate;

interface Wish {
  wanted: boolean;
  /** Whether this PC keeps up; null = not measured yet. */
  pace: "fast" | "slow" | null;
  /** Wanted though it is slow here. */
  anyway: boolean;
}

export const EFFECTS: readonly Effect[] = ["noise", "blur"];
const STORAGE_KEY = "bangban.effects";

/** What is loaded when it is first switched on. */
const OPENERS: Readonly<Record<Effect, OpenStage>> = {
  noise: async (device, terms) => (await import("@/rtc/effects/noise")).openNoise(device, terms),
  blur: async (device, terms) => (await import("@/rtc/effects/blur")).openBlur(device, terms),
};

function recall(effect: Effect): Wish {
  const stored = kept.recall<Partial<Record<Effect, Partial<Wish>>>>(STORAGE_KEY)?.[effect];
  return { wanted: stored?.wanted === true, pace: stored?.pace ?? null, anyway: stored?.anyway === true };
}

export const useEffects = defineStore("effects", () => {
  const wishes = reactive<Record<Effect, Wish>>({ noise: recall("noise"), blur: recall("blur") });
  const runs = reactive<Record<Effect, "idle" | "starting" | "on" | "failed">>({ noise: "idle", blur: "idle" });
  const listeners = new Set<(effect: Effect) => void>();

  function state(effect: Effect): EffectState {
    const { wanted, pace, anyway } = wishes[effect];
    if (!wanted) return "off";
    if (pace === "slow" && !anyway) return "slow";
    return runs[effect] === "idle" ? "on" : runs[effect];
  }

  /** It is to stand behind its device. */
  function uses(effect: Effect): boolean {
    return ["starting", "on"].includes(state(effect));
  }

  /** Switch it on or off; on once more is another try. */
  function set(effect: Effect, on: boolean): void {
    const { pace } = wishes[effect];
    become(effect, { wanted: on, pace: pace === "slow" ? null : pace, anyway: false });
  }

  /** Use it however slow this PC is. */
  function insist(effect: Effect): void {
    become(effect, { ...wishes[effect], wanted: true, anyway: true });
  }

  function become(effect: Effect, wish: Wish): void {
    const before = uses(effect);
    wishes[effect] = wish;
    runs[effect] = "idle";
    save();
    if (before !== uses(effect)) listeners.forEach((act) => act(effect));
  }

  function save(): void {
    kept.write(STORAGE_KEY, JSON.stringify(wishes));
  }

  function tell(effect: Effect, told: "starting" | "on" | "idle" | Fate): void {
    const wish = wishes[effect];
    if (told === "slow") wish.pace = "slow";
    else if (told === "on" && !wish.anyway) wish.pace ??= "fast";
    save();
    // A place that is done with it takes no failure back: another try does.
    if (told !== "idle" || runs[effect] !== "failed") runs[effect] = told === "slow" ? "idle" : told;
  }

  /** Run `act` whenever one is switched; returns what stops it. */
  function onSwitched(act: (effect: Effect) => void): () => void {
    listeners.add(act);
    return () => listeners.delete(act);
  }

  /** A place for one stage; `changed` runs when what it gives is another track, with why it was taken out if it was. */
  function slot(effect: Effect, changed: (fate: Fate | null) => void): { begin(device: MediaStreamTrack): Promise<void>; end(): void; readonly track: MediaStreamTrack | null } {
    let fate: Fate | null = null;
    const told = (how: Parameters<typeof tell>[1]) => {
      fate = how === "slow" || how === "failed" ? how : null;
      tell(effect, how);
    };
    const own = new StageSlot(OPENERS[effect], told, () => changed(fate));
    return {
      get track() {
        return own.track;
      },
      begin: async (device) => {
        const { pace, anyway } = wishes[effect];
        if (uses(effect)) await own.begin(device, { measure: pace === null && !anyway, anyway });
      },
      end: () => own.end(),
    };
  }

  return { state, uses, set, insist, onSwitched, slot };
});
