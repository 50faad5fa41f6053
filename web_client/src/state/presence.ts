/** The specialist's own presence and today's counts. The server decides by evidence; this shows and asks. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import type { PresenceView, TodayView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { soundUnlocked, trySound, unlockSound } from "@/rtc/chime";

export const usePresence = defineStore("presence", () => {
  const me = shallowRef<PresenceView | null>(null);
  const today = shallowRef<TodayView | null>(null);
  const unlocked = ref(soundUnlocked());
  /** Whether the person wanted to be available when this page was loaded without sound. */
  const wantedAvailable = ref(false);
  const needsSoundClick = computed(() => wantedAvailable.value && !unlocked.value);

  /** 在线. Call it inside the click: the click is what allows the page to ring. */
  async function goAvailable(): Promise<void> {
    const unlocking = unlockSound();
    if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
    unlocked.value = await unlocking;
    wantedAvailable.value = false;
    me.value = await signal.emitCommand("presence.set", { state: "available", sound_unlocked: unlocked.value });
  }

  async function goAway(reason: string): Promise<void> {
    wantedAvailable.value = false;
    me.value = await signal.emitCommand("presence.set", { state: "away", reason });
  }

  async function endWrapUp(): Promise<void> {
    me.value = await signal.emitCommand("presence.end_wrap_up", {});
  }

  /**
   * A page reloaded while available has no right to sound yet: stay silent-safe by going away until the click.
   * Where the browser allows sound at once nothing is asked.
   */
  async function confirmSound(): Promise<void> {
    if (me.value?.state !== "available" || unlocked.value) return;
    unlocked.value = await trySound();
    if (unlocked.value) {
      await signal.emitCommand("presence.set", { state: "available", sound_unlocked: true });
      return;
    }
    wantedAvailable.value = true;
    me.value = await signal.emitCommand("presence.set", { state: "away", reason: "sound_locked" });
  }

  signal.onState((state) => {
    if (state !== "idle") return;
    me.value = today.value = null;
    wantedAvailable.value = false;
  });
  signal.on("welcome", (event) => {
    me.value = event.presence;
    today.value = event.today;
    confirmSound().catch(() => undefined);
  });
  signal.on("presence.changed", (event) => {
    if (event.staff_id === me.value?.staff_id) me.value = event;
  });
  signal.on("today.changed", (event) => (today.value = event));

  return { me, today, needsSoundClick, unlocked, goAvailable, goAway, endWrapUp };
});
