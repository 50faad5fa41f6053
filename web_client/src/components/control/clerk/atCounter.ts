/** Tell the server which counter PC this page is on: entering a call, after every loss of the channel, once it is paired. */
import { computed, onScopeDispose, watch } from "vue";

import { signal } from "@/protocol/socket";
import { counterId } from "@/state/counter";
import type { useSession } from "@/state/session";

export function useAtCounter(session: ReturnType<typeof useSession>): void {
  const callId = computed(() => (session.phase === "live" ? session.callId : null));

  /** A failure is not told: without it control cannot be asked for, and that says why. */
  function say(): void {
    if (!callId.value) return;
    signal.emitCommand("control.counter", { call_id: callId.value, counter: counterId() }, { repeat: true }).catch(() => undefined);
  }

  watch(callId, say, { immediate: true });
  const stop = signal.on("helper.paired", ({ counter }) => counter === counterId() && say());
  onScopeDispose(stop);
}
