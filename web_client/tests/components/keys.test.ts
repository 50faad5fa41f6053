/** Keys of an input method are its own: each way in which browsers tell of them, against each handler of the page. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { nextTick } from "vue";
import { afterEach, describe, expect, it, vi } from "vitest";

import ConsentSheet from "@/components/call/ConsentSheet.vue";
import ItemSearch from "@/components/call/ItemSearch.vue";
import OfferCard from "@/components/call/OfferCard.vue";
import { belongsElsewhere, isTyping, pressed, shieldInputMethods } from "@/components/common/keys";
import ChatPanel from "@/components/session/ChatPanel.vue";
import RecordingControl from "@/components/session/RecordingControl.vue";
import { ITEM, OFFER, fill, show } from "../session/mount";

type Told = Partial<KeyboardEventInit & { keyCode: number }>;

/** How browsers say that an input method has the key. */
const TAKEN: [string, Told][] = [
  ["while composing", { isComposing: true }],
  ["after compositionend (Safari)", { isComposing: false, keyCode: 229 }],
  ["as the key Process", { key: "Process", keyCode: 229 }],
  ["as the key Process alone", { key: "Process" }],
];

function press(target: EventTarget, key: string, told: Told = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...told });
  if (told.keyCode !== undefined) Object.defineProperty(event, "keyCode", { value: told.keyCode });
  target.dispatchEvent(event);
  return event;
}

afterEach(() => document.body.replaceChildren());

describe.each(TAKEN)("A key that an input method has, told %s", (_, told) => {
  it("is no key of ours", () => {
    expect(pressed(press(document.body, "Enter", told))).toBeNull();
    expect(belongsElsewhere(press(document.body, "Enter", told))).toBe(true);
  });

  it("sends no chat", async () => {
    const send = vi.fn(async () => true);
    const shown = show(ChatPanel, { lines: [], ownId: "me", send });
    await fill(shown.get("chat-input"), "ni hao");
    press(shown.get("chat-input"), "Enter", told);
    await nextTick();
    expect([send.mock.calls, (shown.get("chat-input") as HTMLTextAreaElement).value]).toEqual([[], "ni hao"]);
    shown.unmount();
  });

  it("chooses and empties nothing in the search", () => {
    const hits = [{ item: ITEM, department_name: "", available: 1, score: 1, matched: [] }];
    const shown = show(ItemSearch, { query: "yibao", hits, kind: "ready" }, ["choose", "update:query"]);
    const field = shown.root.querySelector("input")!;
    ["Enter", "Escape", "ArrowDown"].forEach((key) => press(field, key, told));
    expect([shown.emitted("choose"), shown.emitted("update:query")]).toEqual([[], []]);
    shown.unmount();
  });

  it("answers no call", () => {
    const shown = show(OfferCard, OFFER, ["accept", "reject"]);
    for (const target of [document.body, shown.get("offer-accept")]) ["Enter", "Escape"].forEach((key) => press(target, key, told));
    expect([shown.emitted("accept"), shown.emitted("reject")]).toEqual([[], []]);
    shown.unmount();
  });

  it("closes no sheet and no menu", async () => {
    const sheet = show(ConsentSheet, { textVersion: "1" }, ["cancel"]);
    press(sheet.get("consent-sheet"), "Escape", told);
    expect(sheet.emitted("cancel")).toEqual([]);
    sheet.unmount();
    const menu = show(RecordingControl, { state: "recording" });
    await menu.click("recording-pause");
    const field = menu.root.querySelector("input")!;
    press(field, "Escape", told);
    await nextTick();
    expect(menu.root.contains(field)).toBe(true);
    menu.unmount();
  });

  it("reaches no handler of a library", () => {
    shieldInputMethods();
    const field = document.body.appendChild(document.createElement("input"));
    const heard = vi.fn();
    field.addEventListener("keydown", heard);
    press(field, "Escape", told);
    expect(heard).not.toHaveBeenCalled();
    press(field, "Escape");
    expect(heard).toHaveBeenCalledOnce();
  });
});

describe("A key that was pressed", () => {
  it("sends the chat once, however long it is held", async () => {
    const send = vi.fn(async () => true);
    const shown = show(ChatPanel, { lines: [], ownId: "me", send });
    await fill(shown.get("chat-input"), "你好");
    press(shown.get("chat-input"), "Enter");
    press(shown.get("chat-input"), "Enter", { repeat: true });
    expect(send.mock.calls).toEqual([["你好"]]);
    shown.unmount();
  });

  it("is for the page where nobody types", () => {
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    const text = document.createElement("textarea");
    const edited = Object.assign(document.createElement("div"), { contentEditable: "true" });
    edited.setAttribute("contenteditable", "true");
    document.body.append(box, text, edited);
    expect([box, text, edited, document.body].map(isTyping)).toEqual([false, true, true, false]);
  });
});

describe("A call that begins to ring", () => {
  it("takes no focus from somebody who types, and their Enter answers nothing", async () => {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.focus();
    const shown = show(OfferCard, OFFER, ["accept"]);
    await nextTick();
    expect(document.activeElement).toBe(field);
    press(field, "Enter");
    expect(shown.emitted("accept")).toEqual([]);
    shown.unmount();
  });

  it("is not answered by a key that was held down before it", () => {
    const shown = show(OfferCard, OFFER, ["accept", "reject"]);
    const held = press(shown.get("offer-accept"), "Enter", { repeat: true });
    expect([held.defaultPrevented, shown.emitted("accept")]).toEqual([true, []]);
    press(document.body, "Enter");
    expect(shown.emitted("accept")).toHaveLength(1);
    shown.unmount();
  });
});

describe("Every key handler", () => {
  const SOURCE = resolve(__dirname, "../../src");
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((path) => /\.(vue|ts)$/.test(path));
  const others = files.filter((path) => !path.endsWith("common/keys.ts")).map((path) => ({ path, text: readFileSync(join(SOURCE, path), "utf8") }));

  it("asks `pressed`, and none reads a key by itself or acts on its release", () => {
    const own = others.filter(({ text }) => /\.isComposing|keyup|event\.key\b|\$event\.key\b|\.keyCode/.test(text));
    // Keys of the practice PC, and of the counter PC, are that PC's own: it is told of their release too.
    expect(own.map(({ path }) => path).filter((path) => !/session\/shortcuts\.ts$|clerk\/PracticePanel\.vue$|specialist\/ControlSurface\.vue$/.test(path))).toEqual([]);
    const handlers = others.filter(({ text }) => /@keydown|"keydown", on/.test(text));
    expect(handlers.filter(({ text }) => !/pressed|belongsElsewhere/.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
