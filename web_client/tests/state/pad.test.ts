import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventName, Events } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { usePad } from "@/state/pad";

describe("the rating pad", () => {
  const handlers = new Map<string, (event: never) => void>();
  const arrive = <N extends EventName>(name: N, event: Events[N]) => handlers.get(name)?.(event as never);
  const asked = (items: [string, string][]) =>
    arrive("rating.requested", { call_id: "c", items, point_name: "p", expires_in_s: 600 });

  beforeEach(() => {
    vi.useFakeTimers();
    localStorage.clear();
    localStorage.setItem("bangban.pad", JSON.stringify({ device_token: "d", pad_id: "1", point_id: "p", point_name: "p" }));
    vi.spyOn(signal, "on").mockImplementation((name, handler) => {
      handlers.set(name, handler as never);
      return () => undefined;
    });
    vi.spyOn(signal, "emitCommand").mockResolvedValue({} as never);
    setActivePinia(createPinia());
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("asks one item after the other and thanks at the end", async () => {
    const pad = usePad();
    asked([["a", "A"], ["b", "B"]]);
    expect(pad.item).toEqual(["a", "A"]);
    await pad.rate("satisfied");
    expect(pad.item).toEqual(["b", "B"]);
    await pad.rate("fair");
    expect(pad.phase).toBe("thanks");
    expect(signal.emitCommand).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(5_000);
    expect(pad.phase).toBe("idle");
    expect(pad.canAskAgain).toBe(false);
  });

  it("ends by itself after 20 s, longer while somebody touches it, and can be asked again", () => {
    const pad = usePad();
    asked([["a", "A"]]);
    vi.advanceTimersByTime(15_000);
    pad.touch();
    vi.advanceTimersByTime(15_000);
    expect(pad.phase).toBe("asking");
    vi.advanceTimersByTime(5_000);
    expect(pad.phase).toBe("farewell");
    vi.advanceTimersByTime(5_000);
    expect(pad.canAskAgain).toBe(true);
    pad.askAgain();
    expect(pad.phase).toBe("asking");
  });

  it("thanks although the server withdraws the question before it answers", async () => {
    const pad = usePad();
    asked([["a", "A"]]);
    const rating = pad.rate("satisfied");
    arrive("rating.withdrawn", { call_id: "c" });
    await rating;
    expect(pad.phase).toBe("thanks");
  });

  it("is ready to be paired anew when it is unpaired while it asks", async () => {
    let become: (state: never) => void = () => undefined;
    vi.spyOn(signal, "onState").mockImplementation((handler) => {
      become = handler as never;
      return () => undefined;
    });
    const pad = usePad();
    asked([["a", "A"], ["b", "B"]]);
    const rating = pad.rate("satisfied");
    become("refused" as never);
    await rating;
    expect(pad.phase).toBe("refused");
    vi.advanceTimersByTime(700_000);
    expect(pad.phase).toBe("refused");
    expect(pad.canAskAgain).toBe(false);
  });

  it("is paired anew when what it remembers is unreadable", () => {
    localStorage.setItem("bangban.pad", "{half");
    expect(usePad().phase).toBe("pairing");
  });

  it("forgets a question when its time is over or the server withdraws it", () => {
    const pad = usePad();
    asked([["a", "A"]]);
    vi.advanceTimersByTime(601_000);
    expect(pad.canAskAgain).toBe(false);
    asked([["a", "A"]]);
    arrive("rating.withdrawn", { call_id: "c" });
    expect([pad.phase, pad.canAskAgain]).toEqual(["idle", false]);
  });

  it("keeps the question when the answer does not go through", async () => {
    const pad = usePad();
    asked([["a", "A"]]);
    vi.mocked(signal.emitCommand).mockRejectedValueOnce(new Error("offline"));
    await expect(pad.rate("fair")).rejects.toThrow();
    expect(pad.phase).toBe("asking");
  });
});
