/**
 * Ticks in a worker: timers of hidden pages are slowed down, a worker's are not. One worker serves the whole page:
 * `[id, period in ms]` begins a beat, `[id, 0]` ends it, and each tick posts its id back.
 */
const timers = new Map<number, ReturnType<typeof setInterval>>();

addEventListener("message", ({ data: [id, ms] }: MessageEvent<[number, number]>) => {
  clearInterval(timers.get(id));
  timers.delete(id);
  if (ms > 0) timers.set(id, setInterval(() => postMessage(id), ms));
});
