import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/protocol/api";
import type { ChatView, StillView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { Exchange } from "@/state/session/exchange";

const still = { bytes: new Blob(), width: 1, height: 1, sha256: "" };
const line = (id: string, from: string) => ({ chat_id: id, participant_id: from, text: "", name: "" }) as unknown as ChatView;

describe("Exchange", () => {
  let callId = "c1";
  let exchange: Exchange;
  let answer: (value: unknown) => void;

  beforeEach(() => {
    callId = "c1";
    exchange = new Exchange(() => callId, () => "me");
    const later = () => new Promise((resolve) => (answer = resolve)) as never;
    vi.spyOn(signal, "emitCommand").mockImplementation(later);
    vi.spyOn(api, "upload").mockImplementation(later);
  });
  afterEach(() => void vi.restoreAllMocks());

  it("shows a line once, whether the answer or the event comes first, and counts only the others'", async () => {
    const sending = exchange.sendChat("");
    exchange.addChat(line("1", "me"));
    answer(line("1", "me"));
    await sending;
    exchange.addChat(line("2", "li"));
    exchange.addChat(line("2", "li"));
    expect([exchange.chat.value.length, exchange.unreadChat.value]).toEqual([2, 1]);
  });

  it("shows nothing in one session that was sent in the last", async () => {
    const sending = exchange.sendChat("");
    exchange.clear();
    callId = "c2";
    answer(line("1", "me"));
    await sending;
    const uploading = exchange.sendStill("c2", still, false);
    exchange.clear();
    answer({ still_id: "s" } as StillView);
    await uploading;
    expect([exchange.chat.value, exchange.stills.value]).toEqual([[], []]);
  });

  it("sends no picture of one call's papers to the next", async () => {
    callId = "c2";
    await expect(exchange.sendStill("c1", still, false)).rejects.toThrow();
    expect(api.upload).not.toHaveBeenCalled();
  });
});
