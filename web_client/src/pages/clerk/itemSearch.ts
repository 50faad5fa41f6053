/** Search while typing, what to do when the search is unsure, the chosen item, and how many could take it now. */

import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";

import type { PanelKind } from "@/components/common/panelKind";
import { api } from "@/protocol/api";
import { OfflineError, ServerError } from "@/protocol/errors";
import { useConnection } from "@/state/connection";
import type { FamiliarItems, ItemHit, ItemHits, ItemView } from "@/protocol/generated";

/** Rest after the last key before the server is asked, in ms. */
const TYPING_REST_MS = 250;
/** How often 现在可接通 is asked again, in ms: presence changes while the clerk listens. */
const COUNT_EVERY_MS = 4_000;
/** While no item is chosen, only each so many-th time: what is asked for most is read from the calls of days. */
const IDLE_EVERY = 3;
/** Results asked for: an answer to the question picks among them. */
const CANDIDATES = 8;
/** Results shown at once. */
const SHOWN = 3;

export function useItemSearch() {
  const query = ref("");
  const answer = shallowRef<ItemHits | null>(null);
  const picked = shallowRef<readonly string[] | null>(null);
  const familiar = shallowRef<ItemHit[]>([]);
  const general = shallowRef<ItemHit | null>(null);
  const chosen = shallowRef<ItemHit | null>(null);
  const answered = ref("");
  const error = shallowRef<unknown>(null);
  /** The last count was answered; what is older says nothing of now. */
  const counted = ref(false);
  const connection = useConnection();
  let turn = 0;
  let typing: ReturnType<typeof setTimeout> | null = null;

  const hits = computed(() => {
    const codes = picked.value;
    const found = answer.value?.hits ?? [];
    return (codes ? found.filter((hit) => codes.includes(hit.item.code)) : found).slice(0, SHOWN);
  });
  /** Whether the counts shown are of now. */
  const known = computed(() => counted.value && connection.online);
  const question = computed(() => answer.value?.question ?? null);
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
    picked.value = null;
    if (!text) {
      answer.value = null;
      return;
    }
    try {
      const fresh = await api.get<ItemHits>("/items", { query: text, limit: CANDIDATES });
      if (mine !== turn) return;
      answer.value = fresh;
      error.value = null;
      counted.value = true;
      refresh([...fresh.hits, fresh.general]);
    } catch (reason) {
      if (mine === turn) error.value = reason;
    }
    if (mine === turn) answered.value = text;
  }

  /** What this counter asks for most, and the general desk; without them the page only has less to click. */
  async function load(): Promise<void> {
    const known = await api.get<FamiliarItems>("/items/mine").catch(() => null);
    counted.value = known !== null;
    if (!known) return;
    familiar.value = known.hits;
    general.value = known.general;
  }

  /** Answer the question; the same answer again takes it back. */
  function pick(codes: readonly string[]): void {
    picked.value = picked.value === codes ? null : codes;
  }

  function refresh(fresh: readonly ItemHit[]): void {
    const same = (hit: ItemHit | null) => fresh.find((one) => one.item.code === hit?.item.code) ?? hit;
    chosen.value = same(chosen.value);
    general.value = fresh.find((one) => one.item.code === general.value?.item.code) ?? general.value;
  }

  /** Who could take it now: the chosen item, by its own name so that the clerk's words may have changed meanwhile. */
  async function recount(): Promise<void> {
    const item = chosen.value?.item;
    if (document.hidden) return void (counted.value = false);
    if (!item) return load();
    const fresh = await api.get<ItemHits>("/items", { query: item.name, limit: SHOWN }).catch(() => null);
    counted.value = fresh !== null && [...fresh.hits, fresh.general].some((hit) => hit.item.code === item.code);
    if (fresh) refresh([...fresh.hits, fresh.general]);
  }

  function looked(): void {
    if (!document.hidden) void recount();
  }

  function choose(hit: ItemHit | null): void {
    chosen.value = hit;
  }

  /** Have an item chosen again whose hit is long gone; its count is asked at once. */
  function reopen(item: ItemView, departmentName: string, words: string): void {
    query.value = words || item.name;
    chosen.value = {
      item, score: 0, chance: 0, matched: [], near: "", taught: false, available: 0, department_name: departmentName,
    };
    void recount();
  }

  function clear(): void {
    query.value = "";
    chosen.value = null;
    void load();
  }

  watch(query, () => {
    if (typing !== null) clearTimeout(typing);
    typing = setTimeout(() => void search(), TYPING_REST_MS);
  });
  watch(
    () => connection.online,
    (online) => online && void recount(),
  );
  let ticks = 0;
  const counting = setInterval(() => (chosen.value || ++ticks % IDLE_EVERY === 0) && void recount(), COUNT_EVERY_MS);
  document.addEventListener("visibilitychange", looked);
  onScopeDispose(() => {
    clearInterval(counting);
    document.removeEventListener("visibilitychange", looked);
    if (typing !== null) clearTimeout(typing);
  });

  return { query, hits, question, picked, familiar, general, chosen, known, kind, search, load, pick, choose, reopen, clear };
}
