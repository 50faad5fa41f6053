/** Which pushed card stands over the counter's stage: the newest that comes while the session is live, or one opened by hand. */

import { computed, ref, watch } from "vue";

import type { useSession } from "@/state/session";

export function useCardSheet(session: ReturnType<typeof useSession>, opensByItself: () => boolean) {
  const openId = ref<string | null>(null);
  const seen = new Set<string>();
  let entered = false;

  const open = computed(() => session.cards.find((card) => card.card_id === openId.value) ?? null);

  function show(cardId: string): void {
    openId.value = cardId;
  }

  function close(): void {
    openId.value = null;
  }

  /** Open the newest one, or close what is open. */
  function toggle(): void {
    openId.value = open.value ? null : (newest()?.card_id ?? null);
  }

  function newest() {
    return [...session.cards].sort((a, b) => a.pushed_at.localeCompare(b.pushed_at)).at(-1);
  }

  /** What was pushed before this page entered was read then. */
  watch(
    () => [session.callId, session.phase, session.cards.map((card) => card.card_id).join()] as const,
    ([callId], before) => {
      if (callId !== before?.[0]) {
        entered = false;
        close();
      }
      const fresh = session.cards.filter((card) => !seen.has(card.card_id));
      fresh.forEach((card) => seen.add(card.card_id));
      if (entered && fresh.length && opensByItself()) openId.value = newest()!.card_id;
      entered ||= session.phase === "live";
    },
    { immediate: true },
  );

  return { open, show, close, toggle };
}
