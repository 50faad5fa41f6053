import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick, reactive } from "vue";

import ControlSurface from "@/components/control/specialist/ControlSurface.vue";
import type { Scope } from "@/protocol/control";
import { show, type Shown } from "../../session/mount";
import { makeDesk } from "./desk";

let shown: Shown;
let made: ReturnType<typeof makeDesk>;
const surface = () => shown.get("control-surface");
const field = () => shown.get("control-field") as HTMLTextAreaElement;

function open(scopes?: Scope[], picture = { width: 1920, height: 1080 }): void {
  made = makeDesk("granted", scopes);
  shown = show(ControlSurface, { desk: made.desk, picture });
  // Where the picture lies on the screen: zoomed or not, its rectangle is all that counts.
  surface().getBoundingClientRect = () => ({ left: 100, top: 50, width: 800, height: 450 }) as DOMRect;
  surface().setPointerCapture = vi.fn();
}

/** A pointer event; `buttons` are those down by then. */
function point(type: string, x: number, y: number, buttons = 0, button = buttons ? 0 : -1): void {
  const event = new MouseEvent(type, { clientX: x, clientY: y, buttons, button: Math.max(0, button), bubbles: true, cancelable: true });
  Object.defineProperties(event, { pointerId: { value: 1 }, button: { value: button } });
  surface().dispatchEvent(event);
}

function key(type: string, code: string, value: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent(type, { code, key: value, bubbles: true, cancelable: true, ...more });
  field().dispatchEvent(event);
  return event;
}

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class { observe(): void {} disconnect(): void {} });
});
afterEach(() => {
  shown.unmount();
  vi.unstubAllGlobals();
});

describe("ControlSurface", () => {
  it("presses where the picture was clicked, and takes the keyboard with it", async () => {
    open();
    point("pointerdown", 500, 275, 1);
    point("pointerup", 500, 275);
    expect(made.sent).toEqual([
      { t: "pd", b: 0, x: 0.5, y: 0.5, rev: 3 },
      { t: "pu", b: 0, x: 0.5, y: 0.5, rev: 3 },
    ]);
    await nextTick();
    expect([surface().dataset.keyboard, document.activeElement === field()]).toEqual(["true", true]);
  });

  it("takes the keyboard again after its picture went away for a moment", async () => {
    const picture = reactive({ width: 1920, height: 1080 });
    open(undefined, picture);
    point("pointerdown", 500, 275, 1);
    point("pointerup", 500, 275);
    picture.width = 0;
    await nextTick();
    expect([shown.root.querySelector("[data-testid=control-surface]"), made.desk.holdsKeys.value, made.types().at(-1)]).toEqual([null, false, "ra"]);
    picture.width = 1920;
    await nextTick();
    expect([surface().dataset.keyboard, document.activeElement === field()]).toEqual(["true", true]);
  });

  it("leaves the keyboard to what has it by the time the picture is back", async () => {
    const picture = reactive({ width: 1920, height: 1080 });
    open(undefined, picture);
    point("pointerdown", 500, 275, 1);
    picture.width = 0;
    await nextTick();
    const chat = document.body.appendChild(document.createElement("input"));
    chat.focus();
    picture.width = 1920;
    await nextTick();
    expect([made.desk.holdsKeys.value, document.activeElement === chat]).toEqual([false, true]);
    chat.remove();
  });

  it("moves nothing before it was clicked into", () => {
    open();
    point("pointermove", 500, 275);
    expect(made.sent).toEqual([]);
    point("pointerdown", 500, 275, 1);
    point("pointerup", 500, 275);
    point("pointermove", 900, 500);
    expect(made.sent.at(-1)).toEqual({ t: "pm", x: 1, y: 1, rev: 3 });
  });

  it("lets a button go that is released beside the picture, at its rim", () => {
    open();
    point("pointerdown", 500, 275, 1);
    point("pointermove", 500, 900, 1, -1);
    point("pointerup", 500, 900);
    expect(made.sent.at(-1)).toEqual({ t: "pu", b: 0, x: 0.5, y: 1, rev: 3 });
  });

  it("knows the second button of two, which browsers tell of in a movement", () => {
    open();
    point("pointerdown", 500, 275, 1);
    point("pointermove", 500, 275, 3, 2);
    point("pointermove", 500, 275, 1, 2);
    point("pointerup", 500, 275);
    const buttons = made.sent.filter(({ t }) => t === "pd" || t === "pu").map((one) => `${one.t}${"b" in one ? one.b : ""}`);
    expect(buttons).toEqual(["pd0", "pd2", "pu2", "pu0"]);
  });

  it("lets everything go when the pointer is taken away in the middle of a press", () => {
    open();
    point("pointerdown", 500, 275, 1);
    point("lostpointercapture", 500, 275);
    expect(made.types()).toEqual(["pd", "ra"]);
  });

  it("lets everything go when the keyboard goes elsewhere, or is given back by Ctrl+Alt+Shift", () => {
    open();
    field().focus();
    key("keydown", "ShiftLeft", "Shift", { shiftKey: true });
    field().blur();
    expect(made.types()).toEqual(["kd", "ra"]);
    field().focus();
    key("keydown", "ControlLeft", "Control", { ctrlKey: true });
    key("keydown", "AltLeft", "Alt", { ctrlKey: true, altKey: true });
    key("keydown", "ShiftLeft", "Shift", { ctrlKey: true, altKey: true, shiftKey: true });
    expect([made.types().at(-1), document.activeElement === field()]).toEqual(["ra", false]);
  });

  it("lets everything go when the page is hidden", () => {
    open();
    field().focus();
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    expect(made.types()).toEqual(["ra"]);
  });

  it("keeps keys from the page and from the browser, and sends no repeat", () => {
    open();
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    expect(key("keydown", "F5", "F5").defaultPrevented).toBe(true);
    key("keydown", "F5", "F5", { repeat: true });
    key("keyup", "F5", "F5");
    document.removeEventListener("keydown", heard);
    expect([made.types(), heard.mock.calls.length]).toEqual([["kd", "ku"], 0]);
  });

  it("sends what an input method made as one text, and none of its keys", () => {
    open();
    key("keydown", "KeyN", "Process", { keyCode: 229 });
    field().dispatchEvent(new CompositionEvent("compositionstart"));
    field().value = "ni";
    field().dispatchEvent(new InputEvent("input", { isComposing: true }));
    key("keydown", "Space", " ", { isComposing: true });
    field().value = "你好";
    field().dispatchEvent(new CompositionEvent("compositionend", { data: "你好" }));
    field().dispatchEvent(new InputEvent("input"));
    expect([made.sent, field().value]).toEqual([[{ t: "tx", text: "你好", mode: "ctrl_v" }], ""]);
  });

  it("sends typed characters as texts where keys are not granted", () => {
    open(["text"]);
    expect(key("keydown", "KeyA", "a").defaultPrevented).toBe(false);
    field().value = "a";
    field().dispatchEvent(new InputEvent("input"));
    expect(made.sent).toEqual([{ t: "tx", text: "a", mode: "ctrl_v" }]);
  });

  it("says so when a text was made that may not be sent", () => {
    open(["keyboard"]);
    field().value = "你";
    field().dispatchEvent(new InputEvent("input"));
    expect([made.sent, made.parts.sayUnsent.mock.calls.length]).toEqual([[], 1]);
  });

  it("asks about what is pasted, and presses Ctrl+V where no text is granted", () => {
    open();
    expect(key("keydown", "KeyV", "v", { ctrlKey: true }).defaultPrevented).toBe(false);
    const paste = new Event("paste", { cancelable: true });
    Object.defineProperty(paste, "clipboardData", { value: { getData: () => "长文字" } });
    field().dispatchEvent(paste);
    expect([made.parts.pasted.mock.calls, made.sent]).toEqual([[["长文字"]], []]);
    shown.unmount();
    open(["keyboard"]);
    key("keydown", "KeyV", "v", { ctrlKey: true });
    expect(made.types()).toEqual(["kd"]);
  });

  it("shows and draws while pointing, and presses nothing", () => {
    open();
    made.parts.mode.value = "point";
    point("pointermove", 500, 275);
    point("pointerdown", 500, 275, 1);
    point("pointermove", 580, 275, 1, -1);
    point("pointerup", 580, 275);
    point("pointerleave", 580, 275);
    expect(new Set(made.types())).toEqual(new Set(["sp", "dr", "sh"]));
  });

  it("turns the wheel only once it was clicked into", () => {
    open();
    const turn = () => surface().dispatchEvent(new WheelEvent("wheel", { deltaY: 100, clientX: 500, clientY: 275, cancelable: true }));
    turn();
    expect(made.sent).toEqual([]);
    field().focus();
    turn();
    expect(made.sent).toEqual([{ t: "wh", dx: 0, dy: 120, x: 0.5, y: 0.5, rev: 3 }]);
  });
});
