import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

type Listener = (...values: unknown[]) => void;

const fake = vi.hoisted(() => ({
  active: false,
  connects: 0,
  listeners: {} as Record<string, (...values: unknown[]) => void>,
  auth: (_give: (auth: object) => void) => {},
}));
vi.mock("socket.io-client", () => ({
  io: (options: { auth: typeof fake.auth }) => {
    fake.auth = options.auth;
    fake.connects = 0;
    return {
      get active() {
        return fake.active;
      },
      on: (name: string, listener: Listener) => (fake.listeners[name] = listener),
      onAny: () => undefined,
      off: () => undefined,
      removeAllListeners: () => undefined,
      disconnect: () => undefined,
      connect: () => (fake.connects += 1),
    };
  },
}));

import { type Credentials, SignalSocket } from "@/protocol/socket";

/** The server's answer to a connection: a refusal that socket.io-client does not repeat by itself. */
const refuse = (code: string) => fake.listeners.connect_error!(Object.assign(new Error(), { data: { code } }));

async function given(): Promise<object | null> {
  return new Promise((resolve) => {
    fake.auth(resolve);
    setTimeout(() => resolve(null), 0);
    void vi.advanceTimersByTimeAsync(1);
  });
}

describe("A connection the server refused", () => {
  const socket = new SignalSocket();
  const asked = vi.fn<Credentials>();

  beforeEach(() => {
    vi.useFakeTimers();
    asked.mockReset().mockResolvedValue({ token: "t" });
    socket.open(asked);
  });
  afterEach(() => {
    socket.close();
    vi.useRealTimers();
  });

  it.each(["too_many", "shutting_down", "busy", "unexpected"])("for %s is tried again until it is let in", async (code) => {
    for (let time = 1; time <= 4; time += 1) {
      refuse(code);
      expect(socket.state).toBe("disconnected");
      expect(fake.connects).toBe(time - 1);
      await vi.advanceTimersByTimeAsync(4_000);
      expect(fake.connects).toBe(time);
      await given();
      expect(asked).toHaveBeenLastCalledWith(false);
    }
    fake.listeners.connect!();
    expect(socket.state).toBe("connected");
  });

  it("for its credential is tried again at once with a fresh one, then later", async () => {
    refuse("session_ended");
    expect(fake.connects).toBe(1);
    expect(await given()).toEqual({ token: "t" });
    expect(asked).toHaveBeenLastCalledWith(true);
    refuse("session_ended");
    expect([socket.state, fake.connects]).toEqual(["disconnected", 1]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(fake.connects).toBe(2);
  });

  it("stays away when there is no other credential", async () => {
    refuse("session_ended");
    asked.mockResolvedValue(null);
    await given();
    expect(socket.state).toBe("refused");
  });

  it("is not tried again once closed", async () => {
    refuse("too_many");
    socket.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fake.connects).toBe(0);
  });
});
