/** Ticks in a worker: timers of hidden pages are slowed down, a worker's are not. The message is the period in ms. */
let timer: ReturnType<typeof setInterval> | undefined;

addEventListener("message", (event: MessageEvent<number>) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(null), event.data);
});
