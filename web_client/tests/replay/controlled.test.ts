import { describe, expect, it } from "vitest";

import { grantWords, pauseWords } from "@/components/replay/controlWords";
import { eventName, isShown, isTold } from "@/components/replay/laneWords";
import en from "@/locales/en/review.json";
import zh from "@/locales/zh-CN/review.json";
import type { CallEventView, ClickView, ControlledView, LaneView } from "@/protocol/generated";
import { clicksAt, controlAt, pauseAt } from "@/rtc/replay/controlled";

const DESKTOP = { lane: "clerk-desktop", participant_id: "clerk", part: "clerk", track: "desktop" } as LaneView;
const CLICK: ClickView = { control_id: "k1", offset_ms: 10_000, x: 0.25, y: 0.5, button: 0 };
const GRANT: ControlledView = {
  control_id: "k1",
  name: "李明",
  granted_by: "王秀英",
  scopes: ["pointer", "keyboard"],
  offset_ms: 5_000,
  duration_ms: 20_000,
  pauses: [{ offset_ms: 12_000, duration_ms: 2_000, pause: "local_input" }],
  end: "given_back",
  clicks: 3,
  drags: 1,
  keys: 12,
  texts: 2,
  characters: 34,
};

/** The words of a catalogue, as the page has them. */
const words = (catalogue: object) => (key: string, values: Record<string, unknown> = {}) => {
  const found = key.split(".").slice(1).reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], catalogue);
  if (typeof found !== "string") throw new Error(`no words for ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
};

describe("clicks in a replay", () => {
  it("are rings that fade within a second of their moment", () => {
    const agesAt = (positionMs: number) => clicksAt([CLICK], DESKTOP, positionMs).map(({ age }) => age);
    expect(agesAt(9_999)).toEqual([]);
    expect(agesAt(10_000)).toEqual([0]);
    expect(agesAt(10_750)).toEqual([0.75]);
    expect(agesAt(11_000)).toEqual([]);
    expect(clicksAt([CLICK], DESKTOP, 10_000)).toMatchObject([{ x: 0.25, y: 0.5, button: 0 }]);
  });

  it("lie over the clerk's desktop alone, each with a key of its own", () => {
    for (const other of [{ track: "camera" }, { part: "specialist" }] as Partial<LaneView>[]) {
      expect(clicksAt([CLICK], { ...DESKTOP, ...other }, 10_000)).toEqual([]);
    }
    expect(new Set(clicksAt([CLICK, CLICK], DESKTOP, 10_000).map(({ key }) => key)).size).toBe(2);
  });
});

describe("a grant in a replay", () => {
  it("is there from the yes to the end, and says when it is paused", () => {
    const there = [4_999, 5_000, 24_999, 25_000].map((at) => controlAt([GRANT], at) !== null);
    expect(there).toEqual([false, true, true, false]);
    expect([11_999, 12_000, 13_999, 14_000].map((at) => pauseAt(GRANT, at)?.pause)).toEqual([
      undefined,
      "local_input",
      "local_input",
      undefined,
    ]);
  });

  it("says who, who allowed what, what was done and why it ended", () => {
    expect(grantWords(GRANT, words(zh))).toBe(
      "李明 远程操作，王秀英 同意：鼠标、键盘 · 点击 3 次，拖动 1 次，按键 12 次，文字 2 段共 34 字 · 专家交还",
    );
    expect(grantWords({ ...GRANT, end: null }, words(en))).toContain("mouse, keyboard · clicks: 3, drags: 1");
    expect(grantWords({ ...GRANT, end: null }, words(en))).toContain("how it ended is not known");
    expect(pauseWords(GRANT.pauses[0]!, words(zh))).toBe("远程操作暂停 · 窗口电脑有人操作");
    expect(pauseWords({ ...GRANT.pauses[0]!, pause: null }, words(en))).toBe("Remote control paused");
  });
});

const event = (kind: string, data: CallEventView["data"] = {}): CallEventView => ({
  sequence: 1,
  at: "2026-11-27T09:00:00Z",
  offset_ms: 1000,
  kind,
  actor: null,
  offered_to: null,
  data,
});

const ENTRIES: [CallEventView, string, string][] = [
  [
    event("control.asked", { scopes: ["pointer", "draw"], purpose: "帮您填表" }),
    "请求远程操作 · 鼠标、指点画线 · 帮您填表",
    "Asked for remote control · mouse, pointing and drawing · 帮您填表",
  ],
  [event("control.granted", { scopes: ["pointer"] }), "同意远程操作 · 鼠标", "Allowed remote control · mouse"],
  [event("control.extended", { scopes: ["pointer"] }), "延长远程操作", "Extended remote control"],
  [event("control.narrowed", { scopes: ["draw"] }), "收窄远程操作 · 指点画线", "Narrowed remote control · pointing and drawing"],
  [event("control.paused", { pause: "too_fast" }), "远程操作暂停 · 操作过快", "Remote control paused · input too fast"],
  [event("control.resumed"), "远程操作继续", "Remote control went on"],
  [
    event("control.once_asked", { kind: "file_to_counter" }),
    "请求单次许可 · 发文件到窗口电脑",
    "Asked for a permission for once · send a file to the counter PC",
  ],
  [event("control.once_answered", { agreed: false }), "答复单次许可 · 不同意", "Answered about once · not allowed"],
  [event("control.ended", { end: "fused" }), "远程操作结束 · 监督熔断", "Remote control ended · stopped by a supervisor"],
  [
    event("control.doings", { texts: [[0, 7, "0123456789abcdef"]], pushed: [[5, 20, "fedcba9876543210"]] }),
    "远程输入文字 · 2 段共 27 字，指纹 01234567 fedcba98",
    "Text typed remotely · texts: 2 with 27 characters, fingerprint 01234567 fedcba98",
  ],
];

it.each(ENTRIES)("tells an entry of the log in both languages: $kind", (entry, chinese, english) => {
  expect([eventName(entry, words(zh)), eventName(entry, words(en))]).toEqual([chinese, english]);
  expect(isTold(entry)).toBe(true);
});

it("puts neither pauses, which lie within the span, nor texts among the marks of the time bar", () => {
  const shown = ENTRIES.filter(([entry]) => !isShown(entry)).map(([entry]) => entry.kind);
  expect(shown).toEqual(["control.paused", "control.resumed", "control.doings"]);
});

it("tells no entry of clicks alone: they are seen over the desktop", () => {
  expect(isTold(event("control.doings", { drags: 1, texts: [] }))).toBe(false);
});
