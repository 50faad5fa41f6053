/** One thing a person asked for: busy while it runs, and why it failed the last time. */

import { ref, shallowRef } from "vue";

export function useAttempt() {
  const busy = ref(false);
  const error = shallowRef<unknown>(null);

  /** Run unless it runs already; returns whether it succeeded. */
  async function run(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    error.value = null;
    try {
      await action();
      return true;
    } catch (reason) {
      error.value = reason;
      return false;
    } finally {
      busy.value = false;
    }
  }

  function forget(): void {
    error.value = null;
  }

  return { busy, error, run, forget };
}
