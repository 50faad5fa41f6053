/**
 * Whether this page is older than what the server serves now, and when it may replace itself.
 *
 * A page lives for weeks. After an upgrade it finishes what it is in the middle of, says 有新版本, and loads itself anew
 * once nobody is using it; a page that cannot be opened any more because its files are gone does so at once.
 */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { elapsed } from "@/protocol/clock";
import { signal } from "@/protocol/socket";
import { useCall } from "@/state/call";
import { onInput } from "@/state/input";
import { useOffers } from "@/state/offers";
import { useSession } from "@/state/session";
import { tabOnly } from "@/state/storage";

/** So long nobody may have touched the page before it loads itself anew, in ms: half a form is not taken away. */
const UNUSED_FOR_MS = 60_000;
const LOOK_EVERY_MS = 5_000;
/** Where the last loading for lack of a file was noted, so that a file that is really gone is not asked for in a circle. */
const LOADED_KEY = "bangban.loadedAnew";

/** What loads the page anew; another one in tests. */
export const browser = { reload: () => location.reload(), open: (path: string) => location.assign(path) };

/** The entry script this page began with, as `Welcome.build` names it; null for a page that was not built. */
export function ownBuild(): string | null {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src^="/assets/"]');
  return script?.getAttribute("src") ?? null;
}

export const useUpdate = defineStore("update", () => {
  const outdated = ref(false);
  const calls = useCall();
  const offers = useOffers();
  const session = useSession();
  let usedAt = elapsed();
  let timer: ReturnType<typeof setInterval> | null = null;
  /** In the middle of something that must be finished first. */
  const engaged = computed(() => {
    const state = calls.call?.state;
    return (state !== undefined && state !== "closed") || offers.current !== null || session.phase !== "idle";
  });

  function found(build: string | null): void {
    const own = ownBuild();
    if (own === null || build === null) return;
    outdated.value = own !== build;
    if (outdated.value) timer ??= setInterval(look, LOOK_EVERY_MS);
    else stop();
  }

  function look(): void {
    if (!engaged.value && elapsed() - usedAt >= UNUSED_FOR_MS) now();
  }

  /** Load the page anew. */
  function now(): void {
    stop();
    browser.reload();
  }

  /** A file of this page's build is gone: go on at `path` with the new build, unless in the middle of something. */
  function missing(path: string): void {
    outdated.value = true;
    if (engaged.value) return;
    if (tabOnly.read(LOADED_KEY) === path) return;
    tabOnly.write(LOADED_KEY, path);
    browser.open(path);
  }

  /** The page at this address could be opened. */
  function opened(): void {
    tabOnly.forget(LOADED_KEY);
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
  }

  onInput(() => (usedAt = elapsed()));
  signal.on("welcome", ({ build }) => found(build));

  return { outdated, engaged, now, missing, opened };
});
