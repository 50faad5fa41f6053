/**
 * One page of the product in a PC and a network that exist only in a test, on fake time.
 *
 * A test file names the two libraries that touch the outside, and opens a page:
 *
 *     vi.mock("mediasoup-client", async (original) => (await import("../support/fakePeers")).overFakePeers(original));
 *     vi.mock("socket.io-client", async () => (await import("../support/fakeServer")).socketIo);
 */
import { createPinia, setActivePinia } from "pinia";
import { vi } from "vitest";
import { signal } from "@/protocol/socket";
import { FakePc, FakeStream } from "./fakeCapture";
import { peers } from "./fakePeers";
import { freshServer, type FakeServer } from "./fakeServer";

/** Channels to other tabs that are open. */
const channels = new Set<FakeBroadcastChannel>();

class FakeBroadcastChannel {
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(readonly name: string) {
    channels.add(this);
  }

  postMessage(data: unknown): void {
    const others = [...channels].filter((other) => other !== this && other.name === this.name);
    others.forEach((other) => setTimeout(() => channels.has(other) && other.onmessage?.({ data } as MessageEvent), 0));
  }

  close(): void {
    channels.delete(this);
  }
}

export interface Page {
  server: FakeServer;
  pc: FakePc;
  /** Let time pass, and everything that is due in it happen. */
  pass(ms?: number): Promise<void>;
  /** What the page holds at this moment. */
  alive(): Alive;
  close(): void;
}

/** What a page holds that it must give back. */
export interface Alive {
  peers: number;
  devices: number;
  timers: number;
  channels: number;
  players: number;
}

export const NOTHING_ALIVE: Alive = { peers: 0, devices: 0, timers: 0, channels: 0, players: 0 };

/** A page whose channel is up; close it at the end of the test. */
export function openPage(): Page {
  vi.useFakeTimers();
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("BroadcastChannel", FakeBroadcastChannel);
  const pc = new FakePc();
  Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: pc });
  sessionStorage.clear();
  localStorage.clear();
  const server = freshServer();
  setActivePinia(createPinia());
  signal.open(async () => ({ token: "token" }));
  return {
    server,
    pc,
    pass: async (ms = 100) => void (await vi.advanceTimersByTimeAsync(ms)),
    alive: () => ({
      peers: peers.live.size,
      devices: pc.open.size,
      timers: vi.getTimerCount(),
      channels: channels.size,
      players: document.querySelectorAll("audio").length,
    }),
    close: () => {
      signal.close();
      forgetStores();
      peers.clear();
      channels.clear();
      document.querySelectorAll("audio").forEach((player) => player.remove());
      vi.useRealTimers();
      vi.restoreAllMocks();
      vi.unstubAllGlobals();
    },
  };
}

/** The channel is the page's for life, and so are its listeners; the next test's stores must be alone with it. */
function forgetStores(): void {
  const channel = signal as unknown as { handlers: Map<string, unknown>; watchers: Set<unknown> };
  channel.handlers.clear();
  channel.watchers.clear();
}

