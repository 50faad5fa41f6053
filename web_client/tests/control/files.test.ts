/** Files between counter and specialist, as both see them. */
import { nextTick } from "vue";
import { afterEach, describe, expect, it } from "vitest";

import FileSheet from "@/components/control/clerk/FileSheet.vue";
import FileStrip from "@/components/session/FileStrip.vue";
import type { FileView } from "@/protocol/generated";

import { show, type Shown } from "../session/mount";

const ONCE = { once_id: "o1", kind: "file_from_counter" as const, about: "身份证正面", until: "2026-11-22T09:00:30Z" };
const FILE: FileView = {
  file_id: "f1",
  way: "file_to_counter",
  name: "申请表.pdf",
  size_bytes: 1_249_000,
  sha256: "ab",
  sent_by: "李明",
  sent_at: "2026-11-22T09:00:30Z",
  off_record: false,
  url: "/api/files/f1?sig=1",
};

let shown: Shown;
afterEach(() => shown.unmount());

async function choose(file: File): Promise<void> {
  const picker = shown.get("file-picker") as HTMLInputElement;
  Object.defineProperty(picker, "files", { value: [file], configurable: true });
  picker.dispatchEvent(new Event("change"));
  await nextTick();
}

describe("the choice of a file", () => {
  it("sends nothing before a file was chosen, then that one", async () => {
    shown = show(FileSheet, { once: ONCE, name: "李明" }, ["send", "later"]);
    expect(shown.text()).toContain("身份证正面");
    expect(shown.root.querySelector('[data-testid="file-send"]')).toBeNull();
    const file = new File(["%PDF-"], "身份证.pdf");
    await choose(file);
    expect(shown.get("file-chosen").textContent).toContain("身份证.pdf");
    await shown.click("file-send");
    expect(shown.emitted("send")).toEqual([[file]]);
  });

  it("refuses at once what is too large, and offers to choose again", async () => {
    shown = show(FileSheet, { once: ONCE, name: "李明" }, ["send", "later"]);
    await choose(Object.defineProperty(new File([], "a.pdf"), "size", { value: 13 * 1024 * 1024 }));
    expect(shown.text()).toContain("超过 12 MB");
    expect(shown.root.querySelector('[data-testid="file-send"]')).toBeNull();
    await shown.click("file-later");
    expect(shown.emitted("later")).toHaveLength(1);
  });
});

describe("the files of a session", () => {
  it("are to be saved under their names", () => {
    shown = show(FileStrip, { files: [FILE, { ...FILE, file_id: "f2", off_record: true }] });
    const [link] = shown.root.querySelectorAll<HTMLAnchorElement>('[data-testid="file-save"]');
    expect([link!.getAttribute("href"), link!.download]).toEqual(["/api/files/f1?sig=1", "申请表.pdf"]);
    for (const words of ["申请表.pdf", "李明", "1.2 MB", "暂停录制期间"]) expect(shown.text()).toContain(words);
  });

  it("take no room while there are none", () => {
    shown = show(FileStrip, { files: [] });
    expect(shown.text()).toBe("");
  });
});
