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
  /** One picture after the other, the newest first: a slow line carries a session beside them. */
  let fetching: Promise<void> = Promise.resolve();

  async function keep(still: StillView): Promise<void> {
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
      const missing = list.filter((still) => !asked.has(still.still_id)).reverse();
      missing.forEach((still) => {
        asked.add(still.still_id);
        fetching = fetching.then(() => (asked.has(still.still_id) ? keep(still) : undefined));
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => forget(new Set()));

  return computed(() => stills().map((still) => ({ ...still, url: kept.get(still.still_id) ?? still.url })));
}
