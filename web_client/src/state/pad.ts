/** The rating pad: a device with a credential of its own, asking the citizen one item after the other. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { api } from "@/protocol/api";
import type { PadSessionView, RatingLevel, RatingRequested } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { newTabId } from "@/state/tab";
import { kept } from "@/state/storage";

/** `thanks` after an answer, `farewell` after none. */
export type PadPhase = "pairing" | "idle" | "asking" | "thanks" | "farewell" | "refused";

const STORAGE_KEY = "bangban.pad";
/** How long one question waits for a tap, in s; a touch beside the faces starts it again. */
const ASK_S = 20;
/** How long thanks stay on the page, in ms. */
const THANKS_MS = 5_000;

export const usePad = defineStore("pad", () => {
  const session = shallowRef<PadSessionView | null>(recall());
  const phase = ref<PadPhase>(session.value ? "idle" : "pairing");
  const request = shallowRef<RatingRequested | null>(null);
  const index = ref(0);
  const secondsLeft = ref(0);
  const item = computed(() => request.value?.items[index.value] ?? null);
  /** A question nobody answered can still be asked again until the server withdraws it or its time is over. */
  const canAskAgain = computed(() => phase.value === "idle" && request.value !== null);
  let timer: ReturnType<typeof setInterval> | null = null;
  let expiry: ReturnType<typeof setTimeout> | null = null;
  let answered = false;

  function recall(): PadSessionView | null {
    return kept.recall<PadSessionView>(STORAGE_KEY);
  }

  function accept(view: PadSessionView): void {
    kept.write(STORAGE_KEY, JSON.stringify(view));
    session.value = view;
    phase.value = "idle";
    connect();
  }

  async function pair(code: string): Promise<void> {
    accept(await api.open<PadSessionView>("/pads/pair", { code }));
  }

  async function startDemo(password: string): Promise<void> {
    accept(await api.open<PadSessionView>("/demo/start", { role: "pad", tab: newTabId(), password: password || null }));
  }

  /** Connect with the device's own credential; called by the pad's page. */
  function connect(): void {
    const token = session.value?.device_token;
    if (token) signal.open(async (fresh) => (fresh ? null : { device_token: token }));
  }

  /** Forget a pairing that no longer holds. */
  function unpair(): void {
    stopAsking();
    kept.forget(STORAGE_KEY);
    signal.close();
    session.value = null;
    phase.value = "pairing";
  }

  async function rate(level: RatingLevel): Promise<void> {
    const [asked, about] = [request.value, item.value];
    if (!asked || !about) return;
    await signal.emitCommand("rating.submit", { call_id: asked.call_id, item_code: about[0], level }, { repeat: true });
    const other = request.value !== null && request.value !== asked;
    if (other || phase.value === "refused" || phase.value === "pairing") return; // meanwhile something else
    answered = true;
    if (request.value && index.value + 1 < asked.items.length) ask(index.value + 1);
    else {
      request.value = null;
      finish();
    }
  }

  /** Somebody is there but needs more time. */
  function touch(): void {
    if (phase.value === "asking") secondsLeft.value = ASK_S;
  }

  function ask(next: number): void {
    index.value = next;
    secondsLeft.value = ASK_S;
    phase.value = "asking";
    every(1000, () => {
      secondsLeft.value -= 1;
      if (secondsLeft.value <= 0) finish();
    });
  }

  function finish(): void {
    phase.value = answered ? "thanks" : "farewell";
    every(THANKS_MS, rest);
  }

  function rest(): void {
    stopTicking();
    phase.value = "idle";
  }

  function stopTicking(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
  }

  /** Whatever was asked is asked no more, and no clock of it runs on. */
  function stopAsking(): void {
    stopTicking();
    if (expiry !== null) clearTimeout(expiry);
    expiry = null;
    request.value = null;
  }

  function every(ms: number, act: () => void): void {
    if (timer !== null) clearInterval(timer);
    timer = setInterval(act, ms);
  }

  signal.on("rating.requested", (event) => {
    if (expiry !== null) clearTimeout(expiry);
    expiry = setTimeout(() => (request.value = null), event.expires_in_s * 1000);
    request.value = event;
    answered = false;
    ask(0);
  });
  signal.on("rating.withdrawn", (event) => {
    if (event.call_id !== request.value?.call_id) return;
    request.value = null;
    rest();
  });
  signal.onState((state) => {
    if (state !== "refused" || !session.value) return;
    stopAsking();
    phase.value = "refused";
  });

  return {
    session, phase, request, item, secondsLeft, canAskAgain,
    pair, startDemo, connect, unpair, rate, touch,
    askAgain: () => ask(index.value),
  };
});
