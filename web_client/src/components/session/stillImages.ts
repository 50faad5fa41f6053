/**
 * The bytes of a session's stills, kept while the page lives: their signed addresses expire after minutes, but a
 * document photographed at the beginning is looked at again at the end.
 */

import { computed, onScopeDispose, shallowReactive, watch, type ComputedRef } from "vue";

import type { StillView } from "@/protocol/generated";

/** The stills with addresses that do not expire as soon as their bytes are here. */
export function useStillImages(stills: () => readonly StillView[]): ComputedRef<StillView[]> {
  const kept = shallowReactive(new Map<string, string>());
  const asked = new Set<string>();

  async function keep(still: StillView): Promise<void> {
    asked.add(still.still_id);
    try {
      const answer = await fetch(still.url, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      kept.set(still.still_id, URL.createObjectURL(await answer.blob()));
    } catch {
      asked.delete(still.still_id); // asked for again when the snapshot brings a fresh address
    }
  }

  function forget(known: ReadonlySet<string>): void {
    for (const [id, address] of kept) {
      if (known.has(id)) continue;
      URL.revokeObjectURL(address);
      kept.delete(id);
      asked.delete(id);
    }
  }

  watch(
    stills,
    (list) => {
      forget(new Set(list.map((still) => still.still_id)));
      list.filter((still) => !asked.has(still.still_id)).forEach((still) => void keep(still));
    },
    { immediate: true },
  );
  onScopeDispose(() => forget(new Set()));

  return computed(() => stills().map((still) => ({ ...still, url: kept.get(still.still_id) ?? still.url })));
}
