/** 还差什么: what is missing before the first call can ring, and why nobody would be rung. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api, queryString } from "@/protocol/api";
import type { ReadinessView, WhyNotView } from "@/protocol/generated";

export const useReadiness = defineStore("readiness", () => {
  const view = ref<ReadinessView | null>(null);
  const why = ref<WhyNotView | null>(null);
  const error = ref<unknown>(null);

  async function load(): Promise<void> {
    error.value = null;
    try {
      view.value = await api.get<ReadinessView>("/readiness");
    } catch (failure) {
      error.value = failure;
    }
  }

  async function ask(point: string, item: string, language: string): Promise<void> {
    why.value = await api.get<WhyNotView>(`/readiness/call${queryString({ point, item, language })}`);
  }

  return { view, why, error, load, ask };
});
