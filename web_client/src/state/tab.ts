/** The id of this browser tab: it names the refresh cookie, so that two people fit one browser and survive a reload. */

import { tabOnly } from "@/state/storage";

const KEY = "bangban.tab";

/** This tab's id, made at first use and kept for the tab's life. */
export function tabId(): string {
  return tabOnly.read(KEY) ?? newTabId();
}

/** A fresh id for a tab that somebody else signs in to. */
export function newTabId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  tabOnly.write(KEY, id);
  return id;
}
