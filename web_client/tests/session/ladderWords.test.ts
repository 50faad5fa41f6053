import { describe, expect, it } from "vitest";

import { isSilent, ladderSentences, paperIsPoor, type Standing } from "@/components/session/ladderWords";
import type { LadderReason, LadderStep, ParticipantView, RungView } from "@/protocol/generated";
import { i18n } from "@/state/i18n";
import { ME, OTHER, producerOf } from "../support/fakeServer";

const words = i18n.global as unknown as { t: (key: string, named: object) => string };
const say = (key: string, named: Record<string, string> = {}): string => words.t(key, named);
const on = (step: LadderStep, why: LadderReason | null = null): RungView => ({ step, why });
const HIGH = on("high");

function standing(change: Partial<Standing>): Standing {
  return { meId: ME.participant_id, participants: [ME, OTHER], producers: [], sending: HIGH, receiving: HIGH, ...change };
}
/** The specialist's page, with the clerk like this. */
const atSpecialist = (clerk: Partial<ParticipantView>, change: Partial<Standing> = {}) =>
  standing({ meId: OTHER.participant_id, participants: [{ ...ME, ...clerk }, OTHER], ...change });
const said = (one: Standing) => ladderSentences(one, say);

describe("The ladder in words", () => {
  it("is silent when everything is whole", () => {
    expect(said(standing({}))).toEqual([]);
  });

  it("says mine to me and theirs to the others, each way for itself", () => {
    expect(said(standing({ sending: on("saver", "loss") }))).toEqual(["您的上行较弱（丢包多）：已改为省流量"]);
    expect(said(standing({ receiving: on("standard", "rate") }))).toEqual(["您的下行较弱（带宽不够）：接收已改为标清"]);
    expect(said(atSpecialist({ sending: on("saver", "delay") }))).toEqual(["窗口上行较弱（延迟大）：已改为省流量"]);
    const specialist = { ...OTHER, receiving: on("standard", "rate") };
    expect(said(standing({ participants: [ME, specialist] }))).toEqual(["专家下行较弱（带宽不够）：接收已改为标清"]);
  });

  it("says what goes on when pictures end", () => {
    expect(said(standing({ sending: on("voice", "loss") }))[0]).toContain("仅语音，声音照常");
    expect(said(standing({ sending: on("text", "loss") }))[0]).toContain("文字与图片，声音停了，文字和图片照常");
  });

  it("speaks of the desktop only where there is one", () => {
    const sending = on("voice_desktop", "loss");
    expect(said(standing({ sending }))[0]).toContain("已改为仅语音，");
    expect(said(standing({ sending, producers: [producerOf(ME, "desktop")] }))[0]).toContain("仅语音+桌面");
  });

  it("says why when it is not the line", () => {
    expect(said(standing({ sending: on("standard", "slow_pc") }))).toEqual(["这台电脑忙不过来：发送已改为标清"]);
    expect(said(standing({ sending: on("high", "pinned") }))).toEqual(["您的发送已固定为高清"]);
    expect(said(atSpecialist({ receiving: on("voice", "hidden") }))).toEqual(["窗口的页面在后台，暂时看不到画面，能听到声音"]);
  });

  it("never says more than two things, mine first, and nothing of who is away", () => {
    const all = { sending: on("saver", "loss"), receiving: on("saver", "rate") };
    const sentences = said(standing({ ...all, participants: [ME, { ...OTHER, ...all }] }));
    expect(sentences).toHaveLength(2);
    expect(sentences.every((sentence) => sentence.startsWith("您的"))).toBe(true);
    expect(said(standing({ participants: [ME, { ...OTHER, ...all, online: false }] }))).toEqual([]);
  });

  it("names people by name where their part says too little", () => {
    const second = { ...OTHER, participant_id: "third", name: "杨雪琴", sending: on("saver", "loss") };
    expect(said(standing({ participants: [ME, OTHER, second] }))[0]).toContain("杨雪琴上行较弱");
  });

  it.each(["zh-CN", "en"] as const)("has words for every step and reason in %s", (language) => {
    const before = i18n.global.locale.value;
    i18n.global.locale.value = language;
    const rungs = (["high", "standard", "saver", "voice_desktop", "voice", "text"] as const).flatMap((step) =>
      ([null, "loss", "delay", "rate", "slow_pc", "pinned"] as const).map((why) => on(step, why)),
    );
    const lines = rungs.flatMap((rung) => [
      ...said(standing({ sending: rung })),
      ...said(atSpecialist({ sending: rung })),
      ...(rung.why === "slow_pc" ? [] : [...said(standing({ receiving: rung })), ...said(atSpecialist({ receiving: rung }))]),
    ]);
    i18n.global.locale.value = before;
    expect(lines.filter((line) => line.includes("session."))).toEqual([]);
  });
});

describe("A paper that the video cannot carry", () => {
  const paper = [producerOf(ME, "document_camera")];
  const none: ReadonlySet<string> = new Set();

  it("is one that its sender's step or the reader's line makes small", () => {
    expect(paperIsPoor(standing({ producers: paper }), none)).toBe(false);
    expect(paperIsPoor(standing({ producers: paper, sending: on("saver", "rate") }), none)).toBe(true);
    expect(paperIsPoor(atSpecialist({ sending: on("voice", "loss") }, { producers: paper }), none)).toBe(true);
    expect(paperIsPoor(atSpecialist({}, { producers: paper }), new Set([paper[0]!.producer_id]))).toBe(true);
    expect(paperIsPoor(atSpecialist({}, { producers: paper, receiving: on("saver", "pinned") }), none)).toBe(true);
    expect(paperIsPoor(atSpecialist({ sending: on("voice", "loss") }), none)).toBe(false);
  });
});

it("Somebody hears nothing when any side is at the last step", () => {
  expect(isSilent(standing({}))).toBe(false);
  expect(isSilent(standing({ receiving: on("text", "loss") }))).toBe(true);
  expect(isSilent(atSpecialist({ sending: on("text", "pinned") }))).toBe(true);
});
