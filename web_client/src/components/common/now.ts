/** One shared clock for everything that ages on the page: a ref that ticks each second while somebody looks. */
import { onScopeDispose, readonly, ref, type Ref } from "vue";

const now = ref(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | null = null;

/** Milliseconds since the epoch, ticking each second until the calling component goes. */
export function useNow(): Readonly<Ref<number>> {
  watchers += 1;
  now.value = Date.now();
  timer ??= setInterval(() => (now.value = Date.now()), 1000);
  onScopeDispose(() => {
    watchers -= 1;
    if (watchers > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  });
  return readonly(now);
}
