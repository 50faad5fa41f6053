/** Which of the counter PC's monitors is shared: known at once, found by its mark, or left to the clerk. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { signal } from "@/protocol/socket";
import { Corner } from "@/rtc/corner";
import { useSession } from "@/state/session";
import { byColour, bySize } from "@/state/session/monitor";

export const useSharedMonitor = defineStore("sharedMonitor", () => {
  const session = useSession();
  const monitors = computed(() => session.controlStand?.monitors ?? []);
  /** Its id; null while it is not known. */
  const found = ref<string | null>(null);
  const looking = ref(false);

  /** Look anew; where the marks do not tell either, `found` stays null. */
  async function look(): Promise<void> {
    const track = session.desktopTrack();
    const { width = 0, height = 0 } = track?.getSettings() ?? {};
    found.value = bySize(monitors.value, { width, height });
    if (found.value !== null || !track || monitors.value.length === 0 || looking.value) return;
    looking.value = true;
    try {
      found.value = await byMark(track);
    } catch {
      found.value = null; // the clerk says which
    } finally {
      looking.value = false;
    }
  }

  async function byMark(track: MediaStreamTrack): Promise<string | null> {
    const callId = session.callId;
    if (!callId) return null;
    const corner = new Corner(track, Math.max(...monitors.value.map(({ w }) => w)));
    try {
      const before = byColour(monitors.value, await corner.colour()); // what lies there by itself is nobody's mark
      await signal.emitCommand("control.mark", { call_id: callId, shown: true });
      return await corner.until((colour) => {
        const seen = byColour(monitors.value, colour);
        return seen === before ? null : seen;
      });
    } finally {
      corner.close();
      await signal.emitCommand("control.mark", { call_id: callId, shown: false });
    }
  }

  return { monitors, found, looking, look };
});
