/** Whether the screen is too narrow for three columns; the same width as in the components' styles. */

import { onScopeDispose, readonly, ref, type Ref } from "vue";

const NARROW = "(max-width: 900px)";

export function useNarrow(): Readonly<Ref<boolean>> {
  const query = window.matchMedia(NARROW);
  const narrow = ref(query.matches);
  const update = () => (narrow.value = query.matches);
  query.addEventListener("change", update);
  onScopeDispose(() => query.removeEventListener("change", update));
  return readonly(narrow);
}
