/** The call that rings at this specialist: by sound, title and desktop notification, in hidden tabs too. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { words } from "@/state/i18n";
import { elapsed } from "@/protocol/clock";
import { NoAnswerError } from "@/protocol/errors";
import type { OfferMade } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { ringOnce } from "@/rtc/chime";
import { prepareTicker, startTicker } from "@/rtc/ticker";
import { useCall } from "@/state/call";
import { windowTitle } from "@/state/windowTitle";

/** One ring and a pause, in ms. The first ring does not wait for a timer, so a hidden tab rings at once. */
const RING_EVERY_MS = 3000;

export const useOffers = defineStore("offers", () => {
  const current = shallowRef<OfferMade | null>(null);
  const now = ref(elapsed());
  /** When the ring ends, on the page's monotonic clock: only the length is the server's. */
  const endsAt = ref(0);
  const secondsLeft = computed(() => (current.value ? Math.max(0, Math.ceil((endsAt.value - now.value) / 1000)) : 0));
  const secondsWhole = computed(() => {
    const offer = current.value?.offer;
    return offer ? Math.max(1, Math.round((Date.parse(offer.expires_at) - Date.parse(offer.made_at)) / 1000)) : 1;
  });
  prepareTicker();
  let stopRinging: (() => void) | null = null;
  let stopTicking: (() => void) | null = null;
  let notification: Notification | null = null;

  function ring(offer: OfferMade): void {
    silence();
    current.value = offer;
    now.value = elapsed();
    endsAt.value = now.value + secondsWhole.value * 1000;
    ringOnce();
    stopRinging = startTicker(RING_EVERY_MS, ringOnce);
    stopTicking = startTicker(250, () => (now.value = elapsed()));
    windowTitle.flash(words("common.ring.title", { item: offer.call.item.name }));
    notify(offer);
  }

  function notify(offer: OfferMade): void {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const body = words("common.ring.body", { item: offer.call.item.name, point: offer.call.point.name });
    notification = new Notification(words("common.ring.heading"), {
      body,
      tag: offer.offer.offer_id,
      requireInteraction: true,
    });
    notification.onclick = () => window.focus();
  }

  function silence(): void {
    stopRinging?.();
    stopTicking?.();
    stopRinging = stopTicking = null;
    windowTitle.calm();
    notification?.close();
    notification = null;
    current.value = null;
  }

  /** 接听: the call becomes mine; the page then joins its session. */
  async function accept(): Promise<void> {
    const offer = current.value?.offer;
    if (!offer) return;
    const calls = useCall();
    const answer = { call_id: offer.call_id, offer_id: offer.offer_id };
    const view = await signal.emitCommand("offer.accept", answer, { repeat: true }).catch(async (error: unknown) => {
      if (error instanceof NoAnswerError) void calls.resume(); // it may be mine all the same
      throw error;
    });
    calls.dismiss();
    calls.take(view);
    silence();
  }

  async function reject(reason = ""): Promise<void> {
    const offer = current.value?.offer;
    if (!offer) return;
    silence();
    await signal.emitCommand("offer.reject", { call_id: offer.call_id, offer_id: offer.offer_id, reason });
  }

  signal.on("offer.made", ring);
  signal.on("offer.withdrawn", (event) => {
    if (event.offer_id === current.value?.offer.offer_id) silence();
  });
  signal.onState((state) => {
    if (state !== "connected") silence();
  });

  return { current, secondsLeft, secondsWhole, accept, reject };
});
