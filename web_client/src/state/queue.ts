/** The live list of waiting and running calls in one's scope, watched while a page shows it. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import type { QueueView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";

export const useQueue = defineStore("queue", () => {
  const queue = shallowRef<QueueView | null>(null);
  const error = ref<unknown>(null);
  let watchers = 0;

  /** Start watching; each call needs its `unwatch`. */
  async function watch(): Promise<void> {
    watchers += 1;
    if (watchers === 1 && signal.state === "connected") await subscribe();
  }

  function unwatch(): void {
    watchers = Math.max(0, watchers - 1);
    if (watchers === 0 && signal.state === "connected") signal.emitCommand("queue.unwatch", {}).catch(() => undefined);
  }

  async function subscribe(): Promise<void> {
    try {
      queue.value = await signal.emitCommand("queue.watch", {});
      error.value = null;
    } catch (reason) {
      error.value = reason;
    }
  }

  signal.on("queue.changed", (event) => (queue.value = event));
  signal.onState((state) => {
    if (state === "idle") queue.value = null;
  });
  signal.on("welcome", () => {
    if (watchers > 0) void subscribe();
  });

  return { queue, error, watch, unwatch };
});
