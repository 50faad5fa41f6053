/** Timers by name: one each, started anew or stopped, and all of them given back at once. */

export class Timers<K> {
  private readonly running = new Map<K, ReturnType<typeof setTimeout>>();

  /** Run `act` after `ms`, in place of what this name waits for. */
  start(name: K, ms: number, act: () => void): void {
    this.stop(name);
    const timer = setTimeout(() => {
      this.running.delete(name);
      act();
    }, ms);
    this.running.set(name, timer);
  }

  stop(name: K): void {
    clearTimeout(this.running.get(name));
    this.running.delete(name);
  }

  clear(): void {
    this.running.forEach((timer) => clearTimeout(timer));
    this.running.clear();
  }
}
