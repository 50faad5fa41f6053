import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EventName, Events, PresenceView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { usePresence } from "@/state/presence";

vi.mock("@/rtc/chime", () => ({ soundUnlocked: () => true, trySound: async () => true, unlockSound: async () => true }));

describe("A connection that comes back", () => {
  const handlers = new Map<string, (event: never) => void>();
  const arrive = <N extends EventName>(name: N, event: Partial<Events[N]>) => handlers.get(name)?.(event as never);
  const seen = (state: string, reason: string | null) => ({ staff_id: "s1", state, reason }) as PresenceView;
  const back = () => arrive("welcome", { presence: seen("away", "sound_locked"), today: null });
  const sent = vi.spyOn(signal, "emitCommand");
  vi.spyOn(signal, "on").mockImplementation((name, handler) => {
    handlers.set(name, handler as never);
    return () => undefined;
  });

  beforeEach(async () => {
    sent.mockReset().mockResolvedValue(seen("available", null) as never);
    setActivePinia(createPinia());
    await usePresence().goAvailable();
    sent.mockClear();
  });

  it("leaves who was available available", () => {
    back();
    expect(sent).toHaveBeenCalledOnce();
  });

  it("does not bring back who was set away because nobody was there, but their first input does", async () => {
    arrive("presence.changed", seen("away", "idle"));
    back();
    back();
    expect(sent).not.toHaveBeenCalled();
    dispatchEvent(new Event("keydown"));
    dispatchEvent(new Event("keydown"));
    expect(sent).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(usePresence().me?.state).toBe("available"));
  });
});
