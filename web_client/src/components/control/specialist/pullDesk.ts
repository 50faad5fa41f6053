/** The counter PC's clipboard as the specialist has it: asked for once, then its text, a no, or no text there. */
import { computed, onScopeDispose, ref, watch, type ComputedRef } from "vue";

import type { ControlView } from "@/protocol/generated";
import type { useSession } from "@/state/session";

/** After a yes the text is here within this, in ms. */
const PULL_MS = 3_000;

export function usePullDesk(session: ReturnType<typeof useSession>, mine: ComputedRef<ControlView | null>) {
  const hold = session.controlling;
  /** The last question brought no text: it was refused, or there was none. */
  const failed = ref(false);
  const pulling = computed(() => mine.value?.once?.kind === "clipboard_pull");
  let waiting: ReturnType<typeof setTimeout> | undefined;

  /** Ask the clerk; rejects when it could not be asked. */
  async function ask(): Promise<void> {
    failed.value = false;
    hold.forgetClipboard();
    await session.askControlOnce("clipboard_pull");
  }

  watch(
    () => mine.value?.once ?? null,
    (once, before) => {
      if (before?.kind !== "clipboard_pull" || once?.once_id === before.once_id) return;
      clearTimeout(waiting);
      if (mine.value?.agreed !== before.once_id) failed.value = true;
      else waiting = setTimeout(() => (failed.value = hold.clipboard.value === null), PULL_MS);
    },
  );
  watch(hold.refusal, (refusal) => refusal?.code === "unreadable" && (failed.value = true));
  onScopeDispose(() => clearTimeout(waiting));

  return { failed, pulling, ask };
}
