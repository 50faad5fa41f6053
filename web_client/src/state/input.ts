/** Evidence of life: tells the server that somebody is at this PC, never what they do. */
import { elapsed } from "@/protocol/clock";
import { signal } from "@/protocol/socket";
import { useAuth } from "@/state/auth";

/** Least time between two reports, in ms. */
const REPORT_EVERY_MS = 30_000;
const INPUT = ["pointerdown", "pointermove", "wheel", "keydown"] as const;
let watching = false;

/** Call `act` with every input of the person on this page. */
export function onInput(act: () => void): void {
  for (const kind of INPUT) addEventListener(kind, act, { capture: true, passive: true });
}

/** Report the person's input at most every 30 s, to those whose presence counts; called once by the page's root. */
export function watchInput(): void {
  if (watching) return;
  watching = true;
  const auth = useAuth();
  let reportedAt = -Infinity;
  const report = () => {
    const now = elapsed();
    if (now - reportedAt < REPORT_EVERY_MS || signal.state !== "connected" || !auth.can("presence.set")) return;
    reportedAt = now;
    signal.emitCommand("presence.input", {}).catch(() => undefined);
  };
  onInput(report);
  // Who works in another window leaves no input here. Only a page in front that nobody touches says that they are gone.
  setInterval(() => (document.hidden || !document.hasFocus()) && report(), REPORT_EVERY_MS);
}
