/** The lines of one call, going on or over, read for who may see it. */
import { ref, shallowRef } from "vue";

import { api } from "@/protocol/api";
import type { LineList, LineView } from "@/protocol/generated";

export function useCallLines() {
  const lines = shallowRef<LineView[] | null>(null);
  const failed = ref(false);
  /** Counts openings: an answer to an earlier one means nothing. */
  let turn = 0;

  async function load(callId: string): Promise<void> {
    const mine = ++turn;
    try {
      const answer = await api.get<LineList>(`/calls/${callId}/lines`);
      if (mine !== turn) return;
      lines.value = answer.lines;
      failed.value = false;
    } catch {
      if (mine === turn) failed.value = true;
    }
  }

  function close(): void {
    turn += 1;
    lines.value = null;
    failed.value = false;
  }

  return { lines, failed, load, close };
}
