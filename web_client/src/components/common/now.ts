/** One shared clock for everything that ages on the page: a ref that ticks each second while somebody looks. */
import { onScopeDispose, readonly, ref, type Ref } from "vue";
import { serverNow } from "@/protocol/clock";

const now = ref(serverNow());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | null = null;

/** The server's time in ms since the epoch, ticking each second until the calling component goes. */
export function useNow(): Readonly<Ref<number>> {
  watchers += 1;
  now.value = serverNow();
  timer ??= setInterval(() => (now.value = serverNow()), 1000);
  onScopeDispose(() => {
    watchers -= 1;
    if (watchers > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  });
  return readonly(now);
}
