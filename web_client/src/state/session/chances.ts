/** How a page hears that another try of a device may succeed. */
import type { DeviceKind } from "@/rtc/constraints";
import type { Chance } from "@/rtc/deviceTable";
import { useDevices } from "@/state/devices";

const PERMISSIONS: Readonly<Record<string, readonly DeviceKind[]>> = {
  microphone: ["microphone"],
  camera: ["camera", "document_camera"],
};
const ALL = Object.values(PERMISSIONS).flat();

/** Call `take` at every chance, with the kinds that it is one for; for the life of the page. */
export function watchChances(take: (chance: Chance, kinds: readonly DeviceKind[]) => void): void {
  useDevices().onListed(() => take("listed", ALL));
  const woke = () => document.hidden || take("woke", ALL);
  document.addEventListener("visibilitychange", woke);
  document.addEventListener("resume", woke); // Chromium, after it froze the page
  addEventListener("focus", woke); // back from the system's settings, which hide no page
  for (const [name, kinds] of Object.entries(PERMISSIONS)) void watchPermission(name, () => take("allowed", kinds));
}

async function watchPermission(name: string, allowed: () => void): Promise<void> {
  try {
    const status = await navigator.permissions.query({ name: name as PermissionName });
    status.addEventListener("change", () => status.state === "granted" && allowed());
  } catch {
    // Browsers that cannot tell leave it to the person's next click.
  }
}
