import { describe, expect, it } from "vitest";
import { cut, initial } from "@/protocol/text";

const FAMILY = "👨‍👩‍👧";

describe("Text cut to what the server takes", () => {
  it.each([
    ["a short one stays", "电脑桌面", 120, "电脑桌面"],
    ["by code points, as the server counts", "😀".repeat(4), 3, "😀😀😀"],
    ["a rare character counts once", "𠮷𠮷𠮷", 2, "𠮷𠮷"],
    ["never inside of an emoji of several", `ab${FAMILY}`, 4, "ab"],
    ["nor between a letter and its mark", "cafe\u0301", 4, "caf"],
    ["nor inside of a flag", "x🇨🇳", 2, "x"],
    ["whole when it just fits", `ab${FAMILY}`, 7, `ab${FAMILY}`],
    ["halves of characters are replaced", "表\ud83d", 5, "表\ufffd"],
    ["halves in front too", "\ude00表", 5, "\ufffd表"],
  ])("%s", (_, text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
  });

  it("is text that every encoder takes, wherever it is cut", () => {
    const title = `报销${FAMILY}😀𠮷é🇨🇳`.repeat(20);
    for (let most = 0; most < 130; most += 1) {
      const kept = cut(title, most);
      expect(() => encodeURIComponent(kept)).not.toThrow();
      expect(Array.from(kept).length).toBeLessThanOrEqual(most);
    }
  });
});

describe("An initial", () => {
  it("is a whole character", () => {
    expect([initial("李明"), initial("𠮷田"), initial("👩‍⚕️医生"), initial("")]).toEqual(["李", "𠮷", "👩‍⚕️", ""]);
  });
});
