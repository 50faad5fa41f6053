/** What the clerk is asked, and the line that stays while control is granted. */
import { nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { extension, lengthsWithin } from "@/components/control/clerk/consent";
import ControlEnded from "@/components/control/clerk/ControlEnded.vue";
import ControlSheet from "@/components/control/clerk/ControlSheet.vue";
import GrantBanner from "@/components/control/clerk/GrantBanner.vue";
import OnceSheet from "@/components/control/clerk/OnceSheet.vue";
import type { ControlEnd, ControlView, MonitorView } from "@/protocol/generated";
import { byColour, bySize } from "@/state/session/monitor";

import { show, type Shown } from "../session/mount";

const CONTROL: ControlView = {
  control_id: "k1",
  state: "asked",
  asked_by: "李明",
  participant_id: "p2",
  asked: ["keyboard", "draw", "pointer"],
  purpose: "填登记表",
  answer_until: "2026-11-22T09:00:30Z",
  scopes: [],
  until: null,
  pause: null,
  once: null,
  awaited: null,
  agreed: null,
  monitor: "",
  end: null,
  ended_by: null,
};
const LEFT: MonitorView = { id: "HDMI-1", x: 0, y: 0, w: 1920, h: 1080, colour: "#e60012" };
const RIGHT: MonitorView = { id: "DP-1", x: 1920, y: 0, w: 1920, h: 1080, colour: "#0068b7" };
const SHEET = { control: CONTROL, asker: { name: "李明", title: "县医保局" }, left: 28, longestS: 1800, monitors: [LEFT], monitor: "HDMI-1" };

let shown: Shown;

async function ask(change: object = {}): Promise<void> {
  shown = show(ControlSheet, { ...SHEET, ...change }, ["yes", "no"]);
  await vi.advanceTimersByTimeAsync(700);
}

const isOff = (id: string) => shown.get(id).hasAttribute("disabled");

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  shown?.unmount();
  vi.useRealTimers();
});

describe("the question for control", () => {
  it("says who asks, from where, what for, and that silence is a no", async () => {
    await ask();
    for (const words of ["李明", "县医保局", "填登记表", "28 秒内不回答，就当作不允许"]) expect(shown.text()).toContain(words);
  });

  it("hears nothing that was pressed before it could be read, then has its no under the focus", async () => {
    shown = show(ControlSheet, SHEET, ["yes", "no"]);
    await nextTick();
    expect([isOff("control-yes"), isOff("control-no")]).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(700);
    expect(document.activeElement).toBe(shown.get("control-no"));
    shown.get("control-sheet").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(shown.emitted("no")).toHaveLength(1);
  });

  it("grants what is left ticked, for the time chosen, on the shared monitor", async () => {
    await ask();
    await shown.click("control-scope-keyboard");
    await shown.click("control-lasts-300");
    await shown.click("control-yes");
    expect(shown.emitted("yes")).toEqual([[["draw", "pointer"], 300, "HDMI-1"]]);
  });

  it("has no yes for nothing at all", async () => {
    await ask();
    for (const scope of CONTROL.asked) await shown.click(`control-scope-${scope}`);
    expect(isOff("control-yes")).toBe(true);
  });

  it("offers no longer than is allowed", async () => {
    await ask({ longestS: 600 });
    expect(shown.root.querySelectorAll('[data-testid^="control-lasts-"]')).toHaveLength(1);
    await shown.click("control-yes");
    expect(shown.emitted("yes")[0]![1]).toBe(300);
  });

  it("asks which monitor where nothing told, and not while it is being found out", async () => {
    await ask({ monitors: [LEFT, RIGHT], monitor: null, looking: true });
    expect(shown.root.querySelector('[data-testid="control-monitor-DP-1"]')).toBeNull();
    shown.unmount();
    await ask({ monitors: [LEFT, RIGHT], monitor: null });
    expect(isOff("control-yes")).toBe(true);
    await shown.click("control-monitor-DP-1");
    await shown.click("control-yes");
    expect(shown.emitted("yes")[0]![2]).toBe("DP-1");
  });
});

describe("the second question", () => {
  it("says what it is about and is for this once", async () => {
    const once = { once_id: "o1", kind: "file_to_counter" as const, about: "回执.pdf（132 KB）", until: CONTROL.answer_until };
    shown = show(OnceSheet, { once, name: "李明", left: 9 }, ["answer"]);
    await vi.advanceTimersByTimeAsync(700);
    expect(shown.text()).toContain("回执.pdf（132 KB）");
    await shown.click("once-no");
    await shown.click("once-yes");
    expect(shown.emitted("answer")).toEqual([[false], [true]]);
  });
});

describe("the banner", () => {
  const granted = { ...CONTROL, state: "granted" as const, scopes: CONTROL.asked };
  const banner = (change: object = {}, control: ControlView = granted) =>
    (shown = show(GrantBanner, { control, name: "李明", left: 65, mayExtend: true, ...change }, ["extend", "narrow", "revoke"]));

  it("says who, what and how long", () => {
    banner();
    for (const words of ["李明 正在操作这台电脑", "指点画线、鼠标、键盘", "还有 01:05"]) expect(shown.text()).toContain(words);
  });

  it.each([false, true])("takes back and extends at one press, in the small window too (%s)", async (compact) => {
    banner({ compact });
    await shown.click("control-revoke");
    await shown.click("control-extend");
    expect([shown.emitted("revoke").length, shown.emitted("extend").length]).toEqual([1, 1]);
  });

  it.each([false, true])("narrows to what is left ticked, in the small window too (%s)", async (compact) => {
    banner({ compact });
    await shown.click("control-narrow");
    expect(isOff("control-narrow-done")).toBe(true);
    await shown.click("control-keep-keyboard");
    await shown.click("control-narrow-done");
    expect(shown.emitted("narrow")).toEqual([[["draw", "pointer"]]]);
  });

  it("says why nothing happens in a pause", () => {
    banner({}, { ...granted, state: "paused", pause: "local_input" });
    expect(shown.get("control-banner-pause").textContent).toBe("您在操作，对方已暂停");
  });

  it.each<ControlEnd>(["refused", "unanswered", "fused", "escaped", "helper_lost", "violation"])("tells the end %s in a sentence", (end) => {
    shown = show(ControlEnded, { control: { ...CONTROL, state: "ended", end, ended_by: "赵军" } });
    expect(shown.text()).toMatch(/。/);
    expect(shown.text()).not.toContain("counter.end");
  });
});

describe("how long", () => {
  it("may be chosen within the policy", () => {
    expect([lengthsWithin(1800), lengthsWithin(900), lengthsWithin(120)]).toEqual([[300, 900, 1800], [300, 900], [120]]);
  });

  it("is extended as far as the policy goes", () => {
    expect([extension(60, 1800), extension(1500, 1800), extension(1790, 1800)]).toEqual([660, 1800, null]);
  });
});

describe("the shared monitor", () => {
  it.each([
    ["the only one, whatever its size", [LEFT], { width: 0, height: 0 }, "HDMI-1"],
    ["the one of this size", [LEFT, { ...RIGHT, w: 1280, h: 1024 }], { width: 1280, height: 1024 }, "DP-1"],
    ["a large one that comes scaled down", [LEFT, { ...RIGHT, w: 3840, h: 2400 }], { width: 1920, height: 1200 }, "DP-1"],
    ["nobody's where two have it", [LEFT, RIGHT], { width: 1920, height: 1080 }, null],
    ["nobody's where none has it", [LEFT, RIGHT], { width: 800, height: 600 }, null],
  ] as const)("is %s", (_name, monitors, captured, found) => expect(bySize(monitors, captured)).toBe(found));

  it("is known by the colour in its corner, as compression leaves it", () => {
    expect(byColour([LEFT, RIGHT], [221, 14, 30])).toBe("HDMI-1");
    expect(byColour([LEFT, RIGHT], [12, 96, 170])).toBe("DP-1");
    expect(byColour([LEFT, RIGHT], [128, 128, 128])).toBeNull();
  });
});
