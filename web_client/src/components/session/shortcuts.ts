/** Single-key shortcuts of a console: never while somebody types, never over a sheet. */

import { onBeforeUnmount, onMounted } from "vue";

import { belongsElsewhere } from "@/components/common/keys";

/** Key as `KeyboardEvent.key` in lower case → what it does. */
export type Shortcuts = Record<string, () => void>;

/** Listen while the calling component lives; `shortcuts` is asked at each key, so it may depend on the state. */
export function useShortcuts(shortcuts: () => Shortcuts): void {
  const onKey = (event: KeyboardEvent) => {
    if (event.repeat || belongsElsewhere(event)) return;
    const act = shortcuts()[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  };
  onMounted(() => document.addEventListener("keydown", onKey));
  onBeforeUnmount(() => document.removeEventListener("keydown", onKey));
}
