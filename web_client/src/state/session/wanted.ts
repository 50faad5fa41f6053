/** Which sources this tab had on in a call, so that a reload brings back what was on and leaves off what was off. */
import type { Track } from "@/protocol/generated";
import { tabOnly } from "@/state/storage";

const STORAGE_KEY = "bangban.sources";

export type Wanted = Partial<Record<Track, boolean>>;

export function remember(callId: string, wanted: Wanted): void {
  tabOnly.write(STORAGE_KEY, JSON.stringify({ callId, wanted }));
}

export function recall(callId: string): Wanted {
  const stored = tabOnly.recall<{ callId?: string; wanted?: Wanted }>(STORAGE_KEY);
  return stored?.callId === callId ? (stored.wanted ?? {}) : {};
}
