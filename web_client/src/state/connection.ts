/** Whether the signalling channel is up, as the top bar tells it. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { signal, type SocketState } from "@/protocol/socket";

export const useConnection = defineStore("connection", () => {
  const socket = ref<SocketState>(signal.state);
  /** When the channel was lost last, in ms since the epoch; null while it is up or was never up. */
  const lostAt = ref<number | null>(null);
  /** The server said that it stops; it is back in a moment. */
  const stopping = ref(false);
  const online = computed(() => socket.value === "connected");

  signal.onState((state) => {
    if (socket.value === "connected" && state !== "connected") lostAt.value = Date.now();
    if (state === "connected") {
      lostAt.value = null;
      stopping.value = false;
    }
    socket.value = state;
  });

  signal.on("server.stopping", () => (stopping.value = true));

  return { socket, online, lostAt, stopping };
});
