/** Finished sessions for reviewers: the list with its filters, and one recording opened for replay. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import { serverNow } from "@/protocol/clock";
import type { RecordingList, RecordingRow, ReplayView } from "@/protocol/generated";
import { dayBegins, dayEnds } from "@/state/days";

export interface ReviewFilter {
  query: string;
  from: string;
  to: string;
  page: number;
}

/** Addresses are renewed this long before they expire, in ms: timers of hidden pages come up to a minute late. */
const RENEW_AHEAD_MS = 75_000;
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
  let renewing: Promise<void> | null = null;
  /** Counts openings and renewals: an answer to an earlier one means nothing. */
  let turn = 0;

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

  /** The addresses do not work any more: fetch fresh ones at once; asked again meanwhile, it is one fetching. */
  function renew(): Promise<void> {
    const callId = replay.value?.row.call_id;
    if (!callId) return Promise.resolve();
    renewing ??= load(callId).catch((failure: unknown) => void (error.value = failure)).finally(() => (renewing = null));
    return renewing;
  }

  async function load(callId: string): Promise<void> {
    if (renewal !== null) clearTimeout(renewal);
    const mine = ++turn;
    const fresh = await api.get<ReplayView>(`/recordings/${callId}`);
    if (mine !== turn) return;
    replay.value = fresh;
    const valid = Math.max(Date.parse(fresh.urls_expire_at) - serverNow() - RENEW_AHEAD_MS, RENEW_AT_LEAST_MS);
    const wait = fresh.row.recording === "processing" ? PREPARING_MS : valid;
    renewal = setTimeout(() => void load(callId).catch((failure) => (error.value = failure)), wait);
  }

  function close(): void {
    if (renewal !== null) clearTimeout(renewal);
    renewal = null;
    turn += 1;
    replay.value = null;
  }

  return { rows, total, loading, error, replay, list, open, renew, close };
});
