/** Finished sessions for reviewers: the list with its filters, and one recording opened for replay. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import { elapsed, serverNow } from "@/protocol/clock";
import { NoAnswerError } from "@/protocol/errors";
import type { RecordingList, RecordingRow, ReplayAddresses, ReplayView } from "@/protocol/generated";
import { readdressed } from "@/rtc/replay/addresses";
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
  let renewedAt = -Infinity;

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

  /** Open a recording; its addresses are renewed while it stays open. Every opening is audited, no renewal is. */
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
    const mine = ++turn;
    const fresh = await api.get<ReplayView>(`/recordings/${callId}`);
    if (mine !== turn) return;
    replay.value = fresh;
    plan(fresh.row.recording, fresh.urls_expire_at);
  }

  /**
   * The addresses do not work any more: fetch fresh ones at once; asked again meanwhile, it is one fetching.
   *
   * What was just renewed is not renewed again: what does not work by such an address is not there.
   */
  function renew(): Promise<void> {
    if (elapsed() - renewedAt < RENEW_AT_LEAST_MS) return renewing ?? Promise.resolve();
    return once();
  }

  function once(): Promise<void> {
    renewing ??= readdress().finally(() => (renewing = null));
    return renewing;
  }

  async function readdress(): Promise<void> {
    const callId = replay.value?.row.call_id;
    const mine = turn;
    if (!callId) return;
    try {
      const fresh = await api.get<ReplayAddresses>(`/recordings/${callId}/addresses`);
      if (mine !== turn || !replay.value) return;
      const { row } = replay.value;
      // What was being prepared is there now: only now is the whole of it asked for again.
      if (row.recording === "processing" && fresh.recording !== "processing") return await load(callId);
      renewedAt = elapsed();
      replay.value = { ...readdressed(replay.value, fresh), row: { ...row, progress: fresh.progress } };
      plan(fresh.recording, fresh.expire_at);
    } catch (failure) {
      if (mine !== turn) return;
      error.value = failure;
      if (failure instanceof NoAnswerError) renewal = setTimeout(() => void once(), RENEW_AT_LEAST_MS);
    }
  }

  function plan(recording: RecordingRow["recording"], expireAt: string): void {
    if (renewal !== null) clearTimeout(renewal);
    const valid = Math.max(Date.parse(expireAt) - serverNow() - RENEW_AHEAD_MS, RENEW_AT_LEAST_MS);
    renewal = setTimeout(() => void once(), recording === "processing" ? PREPARING_MS : valid);
  }

  function close(): void {
    if (renewal !== null) clearTimeout(renewal);
    renewal = null;
    turn += 1;
    renewedAt = -Infinity;
    replay.value = null;
  }

  return { rows, total, loading, error, replay, list, open, renew, close };
});
