/** A steady beat that hidden pages keep: their own timers are slowed to one a minute after five minutes. */

/** Call `beat` every `ms` until the returned function is called. */
export function startTicker(ms: number, beat: () => void): () => void {
  const worker = new Worker(new URL("./ticker.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = beat;
  worker.postMessage(ms);
  return () => worker.terminate();
}
