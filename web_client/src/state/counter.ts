/** Which counter PC this page is on: the name its browser gave itself, the same for every tab of the profile. */
import { kept } from "@/state/storage";

const KEY = "bangban.counter";

/** This PC's name, made at first use and kept. */
export function counterId(): string {
  const known = kept.read(KEY);
  if (known && /^[0-9a-f]{24}$/.test(known)) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const made = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  kept.write(KEY, made);
  return made;
}
