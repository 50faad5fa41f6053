import { describe, expect, it } from "vitest";
import { MAX_TEXT } from "@/protocol/control";
import { lengthOf, pieces, sendable } from "@/rtc/control/text";

describe("texts", () => {
  it("go in pieces of what one message holds, and no character is cut in two", () => {
    const text = "😀".repeat(MAX_TEXT + 1);
    const [first, second, ...more] = pieces(text, "ctrl_v");
    expect([lengthOf(first!.text), second!.text, more]).toEqual([MAX_TEXT, "😀", []]);
  });

  it("hold no control characters and no half of a pair", () => {
    expect(sendable("一\r\n二\r三\u0000\u001b\u007f\ud800\t😀")).toBe("一\n二\n三\t😀");
  });

  it("are no message when nothing is left", () => {
    expect(pieces("\u0000", "ctrl_v")).toEqual([]);
  });
});
