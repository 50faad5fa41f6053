/** Words stay where they were typed until the server has them. */
import { nextTick, ref } from "vue";
import { describe, expect, it, vi } from "vitest";

import MessageList from "@/components/call/MessageList.vue";
import { sendDraft } from "@/components/common/draft";
import CardPanel from "@/components/session/CardPanel.vue";
import ChatPanel from "@/components/session/ChatPanel.vue";
import RecordingControl from "@/components/session/RecordingControl.vue";
import { fill, show } from "../session/mount";

const field = (element: HTMLElement) => (element as HTMLInputElement).value;

async function settle(): Promise<void> {
  await Promise.resolve();
  await nextTick();
  await nextTick();
}

describe("A draft", () => {
  it("is emptied once it arrived, unless more was typed meanwhile", async () => {
    const draft = ref(" 带了发票 ");
    const seen: string[] = [];
    await sendDraft(draft, async (words) => Boolean(seen.push(words)));
    expect([draft.value, seen]).toEqual(["", ["带了发票"]]);
    draft.value = "还有";
    await sendDraft(draft, async () => {
      draft.value = "还有清单";
      return true;
    });
    expect(draft.value).toBe("还有清单");
  });

  it("of nothing is not sent", async () => {
    const send = vi.fn(async () => true);
    await sendDraft(ref("  "), send);
    expect(send).not.toHaveBeenCalled();
  });
});

describe("A chat line that could not be sent", () => {
  it("stays in its field and is sent again by one click", async () => {
    const answers = [false, true];
    const send = vi.fn(async () => answers.shift()!);
    const shown = show(ChatPanel, { lines: [], ownId: "me", send, failed: "没有发出去" });
    await fill(shown.get("chat-input"), "清单没有带");
    await shown.click("chat-send");
    await settle();
    expect(field(shown.get("chat-input"))).toBe("清单没有带");
    await shown.click("chat-retry");
    await settle();
    expect([send.mock.calls, field(shown.get("chat-input"))]).toEqual([[["清单没有带"], ["清单没有带"]], ""]);
    shown.unmount();
  });
});

describe("A hint that could not be pushed", () => {
  it("stays in its field", async () => {
    const answers = [false, true];
    const pushText = vi.fn(async () => answers.shift()!);
    const shown = show(CardPanel, { cards: [], canPush: true, pushText });
    await fill(shown.get("card-text"), "请带户口簿原件");
    for (const kept of ["请带户口簿原件", ""]) {
      await shown.click("card-text-push");
      await settle();
      expect(field(shown.get("card-text"))).toBe(kept);
    }
    shown.unmount();
  });
});

describe("An answer to a 留言", () => {
  it("is kept for each of them, folded or not", async () => {
    const messages = ["m1", "m2"].map((id) => ({ message_id: id, item_name: id, question: "", name: "", phone: "", point_name: "", left_at: "2026-01-01T00:00:00Z", closed_at: null }));
    const drafts = new Map([["m1", "已回电"]]);
    const shown = show(MessageList, { messages, phones: new Map(), kind: "ready", canClose: true, drafts, busyId: null, failed: "" });
    await shown.click("message-handle");
    expect(field(shown.get("message-answer"))).toBe("已回电");
    await fill(shown.get("message-answer"), "已回电，周三来");
    expect(drafts.get("m1")).toBe("已回电，周三来");
    shown.unmount();
  });
});

describe("A reason for a pause in other words", () => {
  it("is still there when the pause could not be set", async () => {
    const shown = show(RecordingControl, { state: "recording" }, ["pause"]);
    await shown.click("recording-pause");
    const words = () => shown.root.querySelector("input")!;
    await fill(words(), "谈到病情");
    words().form!.dispatchEvent(new Event("submit", { cancelable: true }));
    await nextTick();
    expect(shown.emitted("pause")).toEqual([["谈到病情"]]);
    await shown.click("recording-pause");
    expect(words().value).toBe("谈到病情");
    shown.unmount();
  });
});
