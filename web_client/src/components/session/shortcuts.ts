/** Single-key shortcuts of a console: never while somebody types, never over a sheet. */

import { onBeforeUnmount, onMounted } from "vue";

/** Key as `KeyboardEvent.key` in lower case → what it does. */
export type Shortcuts = Record<string, () => void>;

/** Whether the key belongs to a field, a sheet or a combination and not to the console. */
export function belongsElsewhere(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return true;
  const target = event.target instanceof Element ? event.target : null;
  return Boolean(target?.closest("input, textarea, select, [contenteditable=true], [aria-modal=true]"));
}

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
