/** Files under control as the specialist has them: one question at a time, and what became of it. */
import { computed, ref, shallowRef, watch, type ComputedRef } from "vue";

import { fileSize } from "@/components/common/format";
import type { ControlView, OnceKind } from "@/protocol/generated";
import type { useSession } from "@/state/session";

/** `chosen`: the clerk has said yes and looks for the file; `came`: the file is in the session's list. */
export type FileState = "none" | "asking" | "sending" | "chosen" | "came" | "refused" | "failed";

export function useFileDesk(session: ReturnType<typeof useSession>, mine: ComputedRef<ControlView | null>) {
  const state = ref<FileState>("none");
  /** Why the last file did not go. */
  const failure = shallowRef<unknown>(null);
  /** The question that is open, and the file it is about where it goes to the counter. */
  const open = shallowRef<{ onceId: string; file: File | null } | null>(null);
  const busy = computed(() => ["asking", "sending", "chosen"].includes(state.value));

  async function ask(kind: OnceKind, about: string, file: File | null): Promise<void> {
    if (busy.value) return;
    [state.value, failure.value, open.value] = ["asking", null, null];
    try {
      const onceId = await session.askControlOnce(kind, about);
      if (onceId) open.value = { onceId, file };
      else state.value = "refused";
    } catch (error) {
      fail(error);
    }
  }

  const offer = (file: File) => ask("file_to_counter", `${file.name} · ${fileSize(file.size)}`, file);
  const request = (about: string) => ask("file_from_counter", about, null);

  async function answered(agreed: boolean): Promise<void> {
    const question = open.value;
    if (!question) return;
    if (!agreed) {
      state.value = "refused";
    } else if (question.file) {
      state.value = "sending";
      try {
        await session.sendFile(question.onceId, question.file);
        state.value = "came";
      } catch (error) {
        fail(error);
      }
    } else {
      state.value = "chosen";
    }
  }

  function fail(error: unknown): void {
    [state.value, failure.value, open.value] = ["failed", error, null];
  }

  watch([open, mine], ([question, control]) => {
    if (!question) return;
    if (!control) {
      if (busy.value) state.value = "refused";
      open.value = null;
    } else if (state.value === "asking" && control.once?.once_id !== question.onceId) {
      void answered(control.awaited?.once_id === question.onceId);
    } else if (state.value === "chosen" && control.awaited?.once_id !== question.onceId) {
      state.value = "came";
    }
  });

  return { state, failure, busy, offer, request };
}
