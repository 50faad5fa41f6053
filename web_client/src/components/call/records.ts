/** Today's calls of this person, and how far the list of them is. */

import { ref } from "vue";

import type { PanelKind } from "@/components/common/panelKind";
import { useCall } from "@/state/call";
import { useConnection } from "@/state/connection";

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
