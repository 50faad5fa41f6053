/** Who is there, asked every few seconds while a start page shows it and somebody can see it. */

import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";

import { api } from "@/protocol/api";
import type { ColleaguesView } from "@/protocol/generated";
import { useConnection } from "@/state/connection";

/** How often it is asked, in ms. */
const ASK_EVERY_MS = 8_000;

export function useWhoIsThere() {
  const connection = useConnection();
  const there = shallowRef<ColleaguesView | null>(null);
  /** The last question was answered; what is older says nothing of now. */
  const answered = ref(false);
  const known = computed(() => answered.value && connection.online);
  let turn = 0;

  async function ask(): Promise<void> {
    if (document.hidden || !connection.online) return void (answered.value = false);
    const mine = ++turn;
    const fresh = await api.get<ColleaguesView>("/colleagues").catch(() => null);
    if (mine !== turn) return;
    there.value = fresh;
    answered.value = fresh !== null && !document.hidden;
  }

  const asking = setInterval(() => void ask(), ASK_EVERY_MS);
  const looked = () => void ask();
  document.addEventListener("visibilitychange", looked);
  watch(() => connection.online, looked, { immediate: true });
  onScopeDispose(() => {
    turn += 1;
    clearInterval(asking);
    document.removeEventListener("visibilitychange", looked);
  });

  return { there, known };
}
