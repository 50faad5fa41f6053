/** Today's calls of this person, and how far the list of them is. */

import { ref } from "vue";

import type { PanelKind } from "@/components/common/panelKind";
import type { CallView } from "@/protocol/generated";
import { useCall } from "@/state/call";
import { useConnection } from "@/state/connection";

/** True for a closed session whose result its viewer writes: it can be finished, or put right. */
export function resultOpen(call: CallView): boolean {
  return call.state === "closed" && call.writes_result;
}

/** True when that result was never written. */
export function resultMissing(call: CallView): boolean {
  return resultOpen(call) && !call.result;
}

export function useRecords() {
  const calls = useCall();
  const connection = useConnection();
  const kind = ref<PanelKind>("loading");

  async function load(): Promise<void> {
    try {
      await calls.loadMine();
      kind.value = "ready";
    } catch {
      kind.value = connection.online ? "error" : "offline";
    }
  }

  return { kind, load };
}
