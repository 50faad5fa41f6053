/** The specialist's own presence and today's counts. The server decides by evidence; this shows and asks. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ServerError } from "@/protocol/errors";
import type { PresenceView, TodayView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { soundUnlocked, trySound, unlockSound } from "@/rtc/chime";
import { onInput } from "@/state/input";
import { tabOnly } from "@/state/storage";

const WANTED_KEY = "bangban.available";
/** What the server says of somebody whose page has not yet confirmed that it can ring. */
const SOUND_LOCKED = "sound_locked";
/** What it says of somebody whose console nobody touched for long. */
const IDLE = "idle";

export const usePresence = defineStore("presence", () => {
  const me = shallowRef<PresenceView | null>(null);
  const today = shallowRef<TodayView | null>(null);
  const unlocked = ref(soundUnlocked());
  /** Whether the person's last word in this tab was 在线; it outlives a reload and a restart of the server. */
  const wantedAvailable = ref(tabOnly.read(WANTED_KEY) === "yes");
  /** A connection that came back by itself says nothing about somebody who was gone: they must touch something first. */
  let idle = false;
  const needsSoundClick = computed(() => wantedAvailable.value && !unlocked.value && me.value?.reason === SOUND_LOCKED);

  function want(available: boolean): void {
    wantedAvailable.value = available;
    tabOnly.write(WANTED_KEY, available ? "yes" : "no");
  }

  /** 在线. Call it inside the click, which is what allows the page to ring; throws `no_sound` when it cannot. */
  async function goAvailable(): Promise<void> {
    const unlocking = unlockSound();
    if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
    unlocked.value = await unlocking;
    want(true);
    me.value = await signal.emitCommand("presence.set", { state: "available", sound_unlocked: unlocked.value });
    if (!unlocked.value) throw new ServerError("no_sound", "");
  }

  async function goAway(reason: string): Promise<void> {
    want(false);
    me.value = await signal.emitCommand("presence.set", { state: "away", reason });
  }

  async function endWrapUp(): Promise<void> {
    me.value = await signal.emitCommand("presence.end_wrap_up", {});
  }

  /**
   * The server counts a new connection as away until the page says that it can ring. After a lost connection it still
   * can; after a reload only where the browser allows sound without a click, else the person is asked for one.
   */
  async function confirmSound(): Promise<void> {
    idle = false;
    if (!wantedAvailable.value || me.value?.reason !== SOUND_LOCKED) return;
    if (!unlocked.value) unlocked.value = await trySound();
    if (!unlocked.value) return;
    me.value = await signal.emitCommand("presence.set", { state: "available", sound_unlocked: true });
  }

  signal.onState((state) => {
    if (state !== "idle") return;
    idle = false;
    me.value = today.value = null;
    want(false);
  });
  signal.on("welcome", (event) => {
    idle ||= me.value?.reason === IDLE;
    me.value = event.presence;
    today.value = event.today;
    if (!idle) confirmSound().catch(() => undefined);
  });
  onInput(() => void (idle && me.value?.reason === SOUND_LOCKED && confirmSound().catch(() => undefined)));
  signal.on("presence.changed", (event) => {
    if (event.staff_id === me.value?.staff_id) me.value = event;
  });
  signal.on("today.changed", (event) => (today.value = event));

  return { me, today, needsSoundClick, unlocked, goAvailable, goAway, endWrapUp };
});
