/** One reading of the counter PC's clipboard: a no is told at once, a yes may still bring no text. */
import { computed, effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { usePullDesk } from "@/components/control/specialist/pullDesk";
import type { NotDone } from "@/protocol/control";
import type { ControlView, OnceView } from "@/protocol/generated";
import type { useSession } from "@/state/session";

const ONCE = { once_id: "o2", kind: "clipboard_pull" } as OnceView;
const control = (change: Partial<ControlView> = {}) => ({ control_id: "k1", once: null, agreed: "o1", ...change }) as ControlView;
const mine = shallowRef<ControlView | null>(null);
const clipboard = ref<string | null>(null);
const refusal = shallowRef<NotDone | null>(null);
let scope: EffectScope;

async function asked() {
  const session = {
    controlling: { clipboard, refusal, forgetClipboard: () => (clipboard.value = null) },
    askControlOnce: async () => (mine.value = control({ once: ONCE })),
  } as unknown as ReturnType<typeof useSession>;
  const desk = scope.run(() => usePullDesk(session, computed(() => mine.value)))!;
  await desk.ask();
  await nextTick();
  expect([desk.pulling.value, desk.failed.value]).toEqual([true, false]);
  return desk;
}

beforeEach(() => {
  vi.useFakeTimers();
  scope = effectScope();
  [mine.value, clipboard.value, refusal.value] = [control(), "of before", null];
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

it("forgets the text of before, and tells a no at once", async () => {
  const desk = await asked();
  expect(clipboard.value).toBeNull();
  mine.value = control();
  await nextTick();
  expect([desk.pulling.value, desk.failed.value]).toEqual([false, true]);
});

it("waits after a yes, and says when no text comes", async () => {
  const desk = await asked();
  mine.value = control({ agreed: "o2" });
  await vi.advanceTimersByTimeAsync(2_900);
  expect(desk.failed.value).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(desk.failed.value).toBe(true);
});

it("has the text that comes after a yes", async () => {
  const desk = await asked();
  mine.value = control({ agreed: "o2" });
  await nextTick();
  clipboard.value = "2026-0012";
  await vi.advanceTimersByTimeAsync(5_000);
  expect(desk.failed.value).toBe(false);
});

it("says at once that the counter PC has no text", async () => {
  const desk = await asked();
  mine.value = control({ agreed: "o2" });
  await nextTick();
  refusal.value = { t: "er", number: 4, code: "unreadable" };
  await nextTick();
  expect(desk.failed.value).toBe(true);
});
