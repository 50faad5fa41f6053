/** Whether the signalling channel is up, as the top bar tells it. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { signal, type SocketState } from "@/protocol/socket";

export const useConnection = defineStore("connection", () => {
  const socket = ref<SocketState>(signal.state);
  /** When the channel was lost last, in ms since the epoch; null while it is up or was never up. */
  const lostAt = ref<number | null>(null);
  const online = computed(() => socket.value === "connected");

  signal.onState((state) => {
    if (socket.value === "connected" && state !== "connected") lostAt.value = Date.now();
    if (state === "connected") lostAt.value = null;
    socket.value = state;
  });

  return { socket, online, lostAt };
});
