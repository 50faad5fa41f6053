/** Whether the signalling channel is up and answered on, as the top bar and the banners tell it. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { signal, type SocketState } from "@/protocol/socket";

export const useConnection = defineStore("connection", () => {
  const socket = ref<SocketState>(signal.state);
  /** The server said that it stops; it is back in a moment. */
  const stopping = ref(false);
  const online = computed(() => socket.value === "connected");
  const owing = ref(false);
  /** The channel is up, but the server owes an answer for longer than usual: that is not "offline". */
  const unanswered = computed(() => online.value && owing.value);

  signal.onState((state) => {
    if (state === "connected") stopping.value = false;
    socket.value = state;
  });
  signal.onSlow((slow) => (owing.value = slow));
  signal.on("server.stopping", () => (stopping.value = true));

  return { socket, online, unanswered, stopping };
});
