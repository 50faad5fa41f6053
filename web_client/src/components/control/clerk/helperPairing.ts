/** Pairing this PC's helper: its one-time code, and how the helper stands. */
import { computed, onScopeDispose, ref, shallowRef } from "vue";

import { useAttempt } from "@/components/common/attempt";
import { useNow } from "@/components/common/now";
import { serverNow } from "@/protocol/clock";
import type { HelperStandView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { counterId } from "@/state/counter";

/** How often it is asked how the helper stands while somebody looks, in ms. */
const LOOK_MS = 3_000;

export type HelperState = "unknown" | "unpaired" | "away" | "old" | "ready";

export function stateOf(stand: HelperStandView | null): HelperState {
  if (!stand) return "unknown";
  if (!stand.paired) return "unpaired";
  if (stand.here) return "ready";
  return stand.too_old ? "old" : "away";
}

export function useHelperPairing() {
  const now = useNow();
  const code = ref("");
  const endsAt = ref(0);
  const stand = shallowRef<HelperStandView | null>(null);
  const asking = useAttempt();
  const left = computed(() => (code.value ? Math.max(0, Math.round((endsAt.value - now.value) / 1000)) : 0));
  const state = computed(() => stateOf(stand.value));

  /** Get a code; the one before is of no use any more. */
  function ask(): Promise<boolean> {
    return asking.run(async () => {
      const given = await signal.emitCommand("helper.code", { counter: counterId() });
      code.value = given.code;
      endsAt.value = serverNow() + given.expires_in_s * 1000;
    });
  }

  async function look(): Promise<void> {
    if (document.hidden || signal.state !== "connected") return;
    try {
      stand.value = await signal.emitCommand("helper.stand", { counter: counterId() });
    } catch {
      stand.value = null; // said as not known; it is asked again at once
    }
  }

  const stops = [
    signal.on("helper.paired", ({ counter }) => {
      if (counter !== counterId()) return;
      code.value = "";
      void look();
    }),
    signal.onState(() => void look()),
  ];
  const timer = setInterval(() => void look(), LOOK_MS);
  void look();
  onScopeDispose(() => {
    clearInterval(timer);
    stops.forEach((stop) => stop());
  });

  return { code, left, stand, state, asking, ask };
}
