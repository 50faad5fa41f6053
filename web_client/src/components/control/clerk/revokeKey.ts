/** The key that takes control back wherever the focus is: browsers and desktops leave it alone, and it types nothing. */
import { onBeforeUnmount, onMounted } from "vue";

import { pressed } from "@/components/common/keys";

export const REVOKE_KEY = "F8";

/** Listen in the document that `within` gives once the component is there. */
export function useRevokeKey(within: () => Document, revoke: () => void): void {
  let where: Document | null = null;
  const onKey = (event: KeyboardEvent) => {
    if (pressed(event) !== REVOKE_KEY || event.repeat) return;
    event.preventDefault();
    revoke();
  };
  onMounted(() => {
    where = within();
    where.addEventListener("keydown", onKey, { capture: true });
  });
  onBeforeUnmount(() => where?.removeEventListener("keydown", onKey, { capture: true }));
}
