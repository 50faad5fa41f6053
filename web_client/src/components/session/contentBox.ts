/** Where a letter-boxed picture lies inside the element that holds it, kept up while either changes its size. */

import { computed, onBeforeUnmount, onMounted, ref, type Ref } from "vue";

import { contentRectangle, type Size } from "./geometry";

/** Returns the content rectangle, and as a style for what is laid exactly over it. */
export function useContentBox(host: Readonly<Ref<HTMLElement | null>>, picture: () => Size) {
  const box = ref<Size>({ width: 0, height: 0 });
  let observer: ResizeObserver | null = null;

  const content = computed(() => contentRectangle(box.value, picture()));
  const style = computed(() => ({
    left: `${content.value.left}px`,
    top: `${content.value.top}px`,
    width: `${content.value.width}px`,
    height: `${content.value.height}px`,
  }));

  onMounted(() => {
    observer = new ResizeObserver(([entry]) => {
      if (entry) box.value = { width: entry.contentRect.width, height: entry.contentRect.height };
    });
    if (host.value) observer.observe(host.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return { content, style };
}
