/** Search while typing, the chosen item, and how many could take it now. */

import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";

import type { PanelKind } from "@/components/common/panelKind";
import { api } from "@/protocol/api";
import { OfflineError, ServerError } from "@/protocol/errors";
import type { ItemHit, ItemHits, ItemView } from "@/protocol/generated";

/** Rest after the last key before the server is asked, in ms. */
const TYPING_REST_MS = 250;
/** How often 现在可接通 is asked again while nothing else happens, in ms. */
const COUNT_EVERY_MS = 10_000;
const HITS = 3;

export function useItemSearch() {
  const query = ref("");
  const hits = shallowRef<ItemHit[]>([]);
  const chosen = shallowRef<ItemHit | null>(null);
  const answered = ref("");
  const error = shallowRef<unknown>(null);
  let turn = 0;
  let typing: ReturnType<typeof setTimeout> | null = null;

  const kind = computed<PanelKind>(() => {
    if (error.value instanceof OfflineError) return "offline";
    if (error.value) return error.value instanceof ServerError && error.value.options.status === 403 ? "denied" : "error";
    if (hits.value.length) return "ready";
    return answered.value === query.value.trim() ? "empty" : "loading";
  });

  /** Only the answer to the newest question counts. */
  async function search(): Promise<void> {
    const text = query.value.trim();
    const mine = ++turn;
    if (!text) {
      hits.value = [];
      return;
    }
    try {
      const answer = await api.get<ItemHits>("/items", { query: text, limit: HITS });
      if (mine !== turn) return;
      hits.value = answer.hits;
      error.value = null;
      refreshChosen(answer.hits);
    } catch (reason) {
      if (mine === turn) error.value = reason;
    }
    if (mine === turn) answered.value = text;
  }

  function refreshChosen(fresh: readonly ItemHit[]): void {
    const same = fresh.find((hit) => hit.item.code === chosen.value?.item.code);
    if (same) chosen.value = same;
  }

  /** The count of the chosen item, asked by its own name so that the clerk's words may have changed meanwhile. */
  async function recount(): Promise<void> {
    const item = chosen.value?.item;
    if (!item || document.hidden) return;
    const answer = await api.get<ItemHits>("/items", { query: item.name, limit: HITS }).catch(() => null);
    if (answer) refreshChosen(answer.hits);
  }

  function choose(hit: ItemHit | null): void {
    chosen.value = hit;
  }

  /** Have an item chosen again whose hit is long gone; its count is asked at once. */
  function reopen(item: ItemView, departmentName: string, words: string): void {
    query.value = words || item.name;
    chosen.value = { item, score: 0, chance: 0, matched: [], near: "", taught: false, available: 0, department_name: departmentName };
    void recount();
  }

  function clear(): void {
    query.value = "";
    chosen.value = null;
  }

  watch(query, () => {
    if (typing !== null) clearTimeout(typing);
    typing = setTimeout(() => void search(), TYPING_REST_MS);
  });
  const counting = setInterval(() => void recount(), COUNT_EVERY_MS);
  onScopeDispose(() => {
    clearInterval(counting);
    if (typing !== null) clearTimeout(typing);
  });

  return { query, hits, chosen, kind, search, choose, reopen, clear };
}
