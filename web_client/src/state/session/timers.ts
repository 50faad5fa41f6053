/** Timers by name: one each, started anew or stopped, and all of them given back at once; hidden pages keep them too. */
import { startTicker } from "@/rtc/ticker";

export class Timers<K> {
  private readonly running = new Map<K, () => void>();

  /** Run `act` after `ms`, in place of what this name waits for. */
  start(name: K, ms: number, act: () => void): void {
    this.stop(name);
    const stop = startTicker(ms, () => {
      this.stop(name);
      act();
    });
    this.running.set(name, stop);
  }

  stop(name: K): void {
    this.running.get(name)?.();
    this.running.delete(name);
  }

  clear(): void {
    this.running.forEach((stop) => stop());
    this.running.clear();
  }
}
