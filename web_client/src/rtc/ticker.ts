/**
 * A steady beat that hidden pages keep: their own timers are slowed to one a minute after five minutes.
 *
 * The worker is started with the page, long before anything rings: a page that is older than the files of its server
 * could not load it any more. Without one the page's own timers beat.
 */

type Beat = () => void;

let worker: Worker | null = null;
let ids = 0;
/** The beats under way, with their periods in ms. */
const beats = new Map<number, { ms: number; beat: Beat; own?: ReturnType<typeof setInterval> }>();

/** Load what beats; call when the page starts. Harmless when called again. */
export function prepareTicker(): void {
  if (worker || typeof Worker === "undefined") return;
  worker = new Worker(new URL("./ticker.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<number>) => beats.get(data)?.beat();
  worker.onerror = withoutWorker;
}

/** Call `beat` every `ms` until the returned function is called. */
export function startTicker(ms: number, beat: Beat): () => void {
  prepareTicker();
  const id = (ids += 1);
  beats.set(id, { ms, beat });
  if (worker) worker.postMessage([id, ms]);
  else ownTimer(id);
  return () => {
    clearInterval(beats.get(id)?.own);
    beats.delete(id);
    worker?.postMessage([id, 0]);
  };
}

function ownTimer(id: number): void {
  const one = beats.get(id);
  if (one) one.own = setInterval(one.beat, one.ms);
}

function withoutWorker(): void {
  worker?.terminate();
  worker = null;
  [...beats.keys()].forEach(ownTimer);
}
