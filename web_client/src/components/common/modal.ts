/** Keep the keyboard inside a sheet while it is open, and give the focus back to where it came from. */

import { onBeforeUnmount, onMounted, type Ref } from "vue";

import { pressed } from "@/components/common/keys";

const REACHABLE = "button:not([disabled]), a[href], input:not([disabled]), select:not([disabled]), textarea:not([disabled])";

export function useModal(root: Readonly<Ref<HTMLElement | null>>): void {
  let before: Element | null = null;

  function onKey(event: KeyboardEvent): void {
    if (pressed(event) !== "Tab" || !root.value) return;
    const stops = [...root.value.querySelectorAll<HTMLElement>(REACHABLE)];
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (!first || !last) return;
    const at = document.activeElement;
    const outside = at === root.value || !root.value.contains(at);
    if (event.shiftKey ? outside || at === first : outside || at === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  onMounted(() => {
    before = document.activeElement;
    root.value?.focus();
    document.addEventListener("keydown", onKey);
  });
  onBeforeUnmount(() => {
    document.removeEventListener("keydown", onKey);
    if (before instanceof HTMLElement) before.focus();
  });
}
