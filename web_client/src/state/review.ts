/** Finished sessions for reviewers: the list with its filters, and one recording opened for replay. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import type { RecordingList, RecordingRow, ReplayView } from "@/protocol/generated";
import { dayBegins, dayEnds } from "@/state/days";

export interface ReviewFilter {
  query: string;
  from: string;
  to: string;
  page: number;
}

/** Addresses are renewed this long before they expire, in ms. */
const RENEW_AHEAD_MS = 45_000;
/** Shortest time between two renewals, in ms. */
const RENEW_AT_LEAST_MS = 5_000;
/** What is still being prepared is asked for again after this, in ms. */
const PREPARING_MS = 3_000;

export const useReview = defineStore("review", () => {
  const rows = ref<RecordingRow[]>([]);
  const total = ref(0);
  const loading = ref(false);
  const error = ref<unknown>(null);
  const replay = ref<ReplayView | null>(null);
  let renewal: ReturnType<typeof setTimeout> | null = null;

  async function list(filter: ReviewFilter): Promise<void> {
    loading.value = true;
    error.value = null;
    try {
      const days = { from: dayBegins(filter.from), to: dayEnds(filter.to) };
      const answer = await api.get<RecordingList>("/recordings", { ...filter, ...days });
      rows.value = answer.rows;
      total.value = answer.total;
    } catch (failure) {
      error.value = failure;
    } finally {
      loading.value = false;
    }
  }

  /** Open a recording; its addresses are renewed while it stays open. Every opening is audited. */
  async function open(callId: string): Promise<void> {
    close();
    loading.value = true;
    error.value = null;
    try {
      await load(callId);
    } catch (failure) {
      error.value = failure;
    } finally {
      loading.value = false;
    }
  }

  async function load(callId: string): Promise<void> {
    const fresh = await api.get<ReplayView>(`/recordings/${callId}`);
    replay.value = fresh;
    const valid = Math.max(Date.parse(fresh.urls_expire_at) - Date.now() - RENEW_AHEAD_MS, RENEW_AT_LEAST_MS);
    const wait = fresh.row.recording === "processing" ? PREPARING_MS : valid;
    renewal = setTimeout(() => void load(callId).catch((failure) => (error.value = failure)), wait);
  }

  function close(): void {
    if (renewal !== null) clearTimeout(renewal);
    renewal = null;
    replay.value = null;
  }

  return { rows, total, loading, error, replay, list, open, close };
});
