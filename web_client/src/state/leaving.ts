/** Leaving in mid-session: it is asked first, and the others are told how somebody left. */
import { ElMessageBox } from "element-plus";
import { signal } from "@/protocol/socket";
import { words } from "@/state/i18n";
import { useSession } from "@/state/session";

type Way = "left" | "signed_out";

/** Whether this page sits in a session that goes on. */
export function inSession(): boolean {
  const { phase } = useSession();
  return phase === "joining" || phase === "live" || phase === "reconnecting";
}

/** Ask whether to leave all the same; true at once outside a session. */
export async function mayLeave(way: Way): Promise<boolean> {
  if (!inSession()) return true;
  const texts = { confirmButtonText: words(`common.leaving.${way}`), cancelButtonText: words("common.leaving.stay") };
  return ElMessageBox.confirm(words("common.leaving.words"), words("common.leaving.title"), {
    ...texts,
    type: "warning",
    customClass: "leaving-box",
  }).then(
    () => true,
    () => false,
  );
}

/** Tell the others how this page leaves; what they do not hear they find out by its silence. */
export async function stepOut(way: Way): Promise<void> {
  const session = useSession();
  const { callId } = session;
  if (!callId || !inSession()) return;
  session.stepOut();
  await signal.emitCommand("call.step_out", { call_id: callId, away: way }).catch(() => undefined);
}

/** Have the browser ask before the page is closed or loaded anew in mid-session; called once by the page's root. */
export function guardClosing(): void {
  addEventListener("beforeunload", (event) => inSession() && event.preventDefault());
  addEventListener("pagehide", ({ persisted }) => void (persisted || stepOut("left")));
}
