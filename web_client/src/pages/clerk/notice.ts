/** The 一次性告知单 of one call: fetched when opened, and again when the specialist's result arrives. */

import { ref, shallowRef } from "vue";

import type { PanelKind } from "@/components/common/panelKind";
import { api } from "@/protocol/api";
import { OfflineError } from "@/protocol/errors";
import type { NoticeSheet } from "@/protocol/generated";

export function useNotice() {
  const callId = ref<string | null>(null);
  const sheet = shallowRef<NoticeSheet | null>(null);
  const kind = ref<PanelKind>("loading");
  const error = shallowRef<unknown>(null);

  async function open(id: string): Promise<void> {
    callId.value = id;
    sheet.value = null;
    kind.value = "loading";
    await refresh();
  }

  async function refresh(): Promise<void> {
    const id = callId.value;
    if (!id) return;
    try {
      const fresh = await api.get<NoticeSheet>(`/calls/${id}/notice`);
      if (callId.value !== id) return;
      sheet.value = fresh;
      kind.value = "ready";
    } catch (reason) {
      error.value = reason;
      if (!sheet.value) kind.value = reason instanceof OfflineError ? "offline" : "error";
    }
  }

  function close(): void {
    callId.value = null;
    sheet.value = null;
  }

  return { callId, sheet, kind, error, open, refresh, close };
}
