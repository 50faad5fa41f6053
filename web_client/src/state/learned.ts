/** The masked lines of sessions that finding an item learns from, and which items they say are taken for one another. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import type { ConfusionView, LearnedLineList, LearnedLineView } from "@/protocol/generated";

export const useLearned = defineStore("learned", () => {
  const lines = ref<LearnedLineView[]>([]);
  /** How many there are, those too old to be listed among them. */
  const total = ref(0);
  const confusions = ref<ConfusionView[]>([]);
  const loading = ref(false);
  const error = ref<unknown>(null);

  async function load(): Promise<void> {
    loading.value = true;
    error.value = null;
    try {
      await read();
    } catch (failure) {
      error.value = failure;
    } finally {
      loading.value = false;
    }
  }

  async function read(): Promise<void> {
    const found = await api.get<LearnedLineList>("/search/lines");
    lines.value = found.lines;
    total.value = found.total;
    confusions.value = found.confusions;
  }

  /** Takes a line back, or has it count again; what is confused is counted anew. */
  async function withdraw(callId: string, withdrawn: boolean): Promise<void> {
    await api.put(`/search/lines/${callId}`, { withdrawn });
    await read();
  }

  return { lines, total, confusions, loading, error, load, withdraw };
});
