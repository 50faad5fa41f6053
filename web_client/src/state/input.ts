/** Evidence of life: tells the server about input at this PC, never what it was. */
import { signal } from "@/protocol/socket";
import { useAuth } from "@/state/auth";

/** Least time between two reports, in ms. */
const REPORT_EVERY_MS = 30_000;
let watching = false;

/** Report the person's input at most every 30 s; called once by the page's root. */
export function watchInput(): void {
  if (watching) return;
  watching = true;
  const auth = useAuth();
  let reportedAt = 0;
  const report = () => {
    const now = Date.now();
    if (now - reportedAt < REPORT_EVERY_MS || signal.state !== "connected") return;
    if (!auth.can("presence.set")) return; // refused, it would be one more line in the audit log each time
    reportedAt = now;
    signal.emitCommand("presence.input", {}).catch(() => undefined);
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, report, { capture: true, passive: true });
}
