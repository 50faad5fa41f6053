import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";

import ControlBar from "@/components/control/specialist/ControlBar.vue";
import ControlButton from "@/components/control/specialist/ControlButton.vue";
import type { Standing } from "@/components/control/specialist/desk";
import RequestSheet from "@/components/control/specialist/RequestSheet.vue";
import type { ControlEnd, ControlObstacle, ControlScope } from "@/protocol/generated";
import { show, type Shown } from "../../session/mount";
import { makeDesk, question } from "./desk";

let shown: Shown;
beforeEach(() => setActivePinia(createPinia()));
afterEach(() => shown.unmount());
const has = (testId: string) => shown.root.querySelector(`[data-testid="${testId}"]`) !== null;

describe("ControlBar", () => {
  it.each<[Standing, string]>([
    ["asked", "等王秀英回答"],
    ["connecting", "正在连接"],
    ["granted", "王秀英已授权指点、鼠标"],
    ["paused_local", "对方正在操作（已暂停）"],
    ["paused_rate", "过快已暂停"],
    ["locked", "对方桌面已锁定"],
    ["over", "连接断了"],
  ])("says in a sentence that it is %s, and what comes next", (standing, words) => {
    shown = show(ControlBar, { desk: makeDesk(standing).desk });
    expect(shown.get("control-said").textContent).toContain(words);
    expect(shown.get("control-next").textContent).not.toBe("");
    expect([has("control-withdraw"), has("control-give-back")]).toEqual([standing === "asked", !["asked", "connecting", "over"].includes(standing)]);
  });

  it.each<ControlEnd>([
    "refused", "unanswered", "withdrawn", "given_back", "revoked", "fused", "escaped", "expired", "share_ended", "session_ended",
    "seat_changed", "helper_lost", "controller_lost", "violation",
  ])("tells the end %s and what to do next", (end) => {
    const { desk, parts } = makeDesk("ended");
    parts.ended.value = question({ state: "ended", end });
    shown = show(ControlBar, { desk });
    expect(shown.get("control-said").textContent).not.toContain("control.");
    expect([has("control-again"), has("control-understood"), has("control-give-back")]).toEqual([true, true, false]);
  });

  it("offers to ask again only when it can be asked for", () => {
    const { desk, parts } = makeDesk("ended");
    parts.ended.value = question({ state: "ended", end: null });
    parts.obstacle.value = "no_helper";
    shown = show(ControlBar, { desk });
    expect([has("control-again"), shown.get("control-bar").dataset.end]).toEqual([false, "unheard"]);
  });

  it("offers only what the grant holds", () => {
    shown = show(ControlBar, { desk: makeDesk("granted", ["pointer"]).desk });
    expect(["chords", "text", "clipboard"].map((name) => has(`control-open-${name}`))).toEqual([false, false, false]);
  });

  it("marks a round trip that is felt", async () => {
    const { desk, parts } = makeDesk("granted");
    shown = show(ControlBar, { desk });
    expect(shown.get("control-round-trip").className).not.toContain("slow");
    parts.hold.roundTripMs.value = 151;
    await nextTick();
    expect(shown.get("control-round-trip").className).toContain("slow");
  });

  it("says where the keyboard is and how to get it back", async () => {
    const { desk, parts } = makeDesk("granted");
    shown = show(ControlBar, { desk });
    expect(shown.get("control-next").textContent).toContain("点一下画面");
    parts.holdsKeys.value = true;
    await nextTick();
    expect(shown.get("control-next").textContent).toContain("Ctrl+Alt+Shift");
  });
});

describe("ControlButton", () => {
  it.each<ControlObstacle>(["not_connected", "forbidden", "no_share", "not_a_monitor", "no_helper", "helper_too_old", "under_way"])(
    "says why it is off: %s",
    async (obstacle) => {
      const { desk, parts } = makeDesk("none");
      parts.obstacle.value = obstacle;
      shown = show(ControlButton, { desk });
      await shown.click("control-button");
      expect(shown.get("control-why").textContent).not.toContain("control.");
      expect(parts.beginAsking).not.toHaveBeenCalled();
    },
  );

  it("asks when nothing is in the way", async () => {
    const { desk, parts } = makeDesk("none");
    shown = show(ControlButton, { desk });
    await shown.click("control-button");
    expect([parts.beginAsking.mock.calls.length, has("control-why")]).toEqual([1, false]);
  });

  it("brings the desktop back to the stage while it is held", async () => {
    const { desk, parts } = makeDesk("granted");
    parts.onStage.value = false;
    shown = show(ControlButton, { desk });
    await shown.click("control-button");
    expect(parts.view.choose).toHaveBeenCalledWith("desktop-clerk");
  });
});

describe("RequestSheet", () => {
  const asked: [ControlScope[], string][] = [];
  const open = (allowed: ControlScope[], ask = async (scopes: ControlScope[], purpose: string) => void asked.push([scopes, purpose])) => {
    asked.length = 0;
    shown = show(RequestSheet, { clerk: "王秀英", allowed, ask }, ["close"]);
  };
  const box = (scope: string) => shown.get(`control-scope-${scope}`) as HTMLInputElement;

  it("asks for pointing unless more is chosen, with a purpose in the words that are offered", async () => {
    open(["draw", "pointer", "keyboard", "text", "clipboard", "file"]);
    expect([box("draw").checked, box("pointer").checked]).toEqual([true, false]);
    await shown.click("control-scope-keyboard");
    await shown.click("control-scope-pointer");
    await shown.click("control-phrase-fill");
    await shown.click("control-request-send");
    expect(asked).toEqual([[["draw", "pointer", "keyboard"], "帮您填写表格"]]);
  });

  it("asks for nothing that is not allowed, nor for nothing", async () => {
    open(["pointer"]);
    expect([box("draw").disabled, box("draw").checked]).toEqual([true, false]);
    expect((shown.get("control-request-send") as HTMLButtonElement).disabled).toBe(true);
    box("pointer").click();
    await nextTick();
    await shown.click("control-request-send");
    expect(asked).toEqual([[["pointer"], ""]]);
  });

  it("says why it could not be asked for", async () => {
    open(["draw"], () => Promise.reject(new Error("offline")));
    await shown.click("control-request-send");
    await nextTick();
    await nextTick();
    expect(shown.get("control-request-failed").textContent).not.toBe("");
  });
});
