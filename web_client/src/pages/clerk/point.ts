/** The clerk's service point, and the code that pairs a rating pad with it. */

import { computed, onScopeDispose, ref, shallowRef } from "vue";

import { api } from "@/protocol/api";
import { serverNow } from "@/protocol/clock";
import type { PairingCode, PointList, PointView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { useAuth } from "@/state/auth";

export function usePoint() {
  const auth = useAuth();
  const points = shallowRef<PointView[]>([]);
  const code = ref<string | null>(null);
  const codeEndsAt = ref(0);
  const busy = ref(false);
  const error = shallowRef<unknown>(null);

  const point = computed(() => points.value.find((known) => known.point_id === auth.staff?.point_id) ?? null);

  /** The name in the title bar; a failure leaves the region's name there. */
  async function load(): Promise<void> {
    const answer = await api.get<PointList>("/points").catch(() => null);
    if (answer) points.value = answer.points;
  }

  async function askCode(): Promise<void> {
    busy.value = true;
    error.value = null;
    try {
      const given: PairingCode = await signal.emitCommand("pad.code", {});
      code.value = given.code;
      codeEndsAt.value = serverNow() + given.expires_in_s * 1000;
    } catch (reason) {
      error.value = reason;
    } finally {
      busy.value = false;
    }
  }

  const stop = signal.on("pad.paired", () => {
    code.value = null;
    void load();
  });
  onScopeDispose(stop);

  return { point, code, codeEndsAt, busy, error, load, askCode };
}
