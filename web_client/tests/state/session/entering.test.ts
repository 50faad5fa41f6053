/** Every step of entering a session is asked again within bounds, and a server that is slow is not a network that is down. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import type { ChatView, CommandName, MarkView, RecordView } from "@/protocol/generated";
import { useConnection } from "@/state/connection";
import { useSession } from "@/state/session";
import { peers } from "../../support/fakePeers";
import { OTHER, producerOf } from "../../support/fakeServer";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

let page: Page;
let session: ReturnType<typeof useSession>;
let connection: ReturnType<typeof useConnection>;

beforeEach(async () => {
  page = openPage();
  session = useSession();
  connection = useConnection();
  page.server.connect();
  await page.pass();
});
afterEach(() => page.close());

const STEPS: readonly CommandName[] = [
  "call.join",
  "media.create_transport",
  "media.connect_transport",
  "media.produce",
  "media.consume",
  "media.resume_consumer",
];

/** Let the server stand still as soon as it heard of this command, before the page hears the answer. */
async function freezeAt(step: CommandName): Promise<() => void> {
  while (page.server.times(step) === 0) await page.pass(1);
  return page.server.freeze();
}

function whole(): void {
  expect(session.phase).toBe("live");
  expect(connection.unanswered).toBe(false);
  expect(peers.live.size).toBe(2);
  expect(seat.sent(page.server)).toEqual(["camera", "document_camera", "microphone"]);
  expect(seat.received(page.server)).toEqual(["specialist-camera", "specialist-microphone"]);
  expect(page.server.seat.consumers.size).toBe(2);
  expect([...page.server.seat.consumers.values()].every(({ resumed }) => resumed)).toBe(true);
}

describe("A server that stands still for 12.5 s", () => {
  beforeEach(() => {
    page.server.offered.set("specialist-microphone", producerOf(OTHER, "microphone"));
    page.server.offered.set("specialist-camera", producerOf(OTHER, "camera"));
  });

  it.each(STEPS)("right after it heard %s is waited for, and everything is done once", async (step) => {
    session.join("c1");
    const thaw = await freezeAt(step);
    await page.pass(12_500);
    expect(connection.online).toBe(true);
    thaw();
    await page.pass(20_000);
    whole();
  });

  it("before anything is asked is waited for, said, and never called offline", async () => {
    const thaw = page.server.freeze();
    session.join("c1");
    await page.pass(5_000);
    expect([session.phase, connection.online, connection.unanswered]).toEqual(["joining", true, true]);
    await page.pass(7_500);
    thaw();
    await page.pass(1_000);
    whole();
    expect(page.server.times("call.join")).toBe(1);
  });

  it("while a path is repaired is waited for", async () => {
    session.join("c1");
    await page.pass();
    const thaw = page.server.freeze();
    peers.one("recv").become("failed");
    await page.pass(12_500);
    thaw();
    await page.pass(1_000);
    peers.one("recv").become("connected");
    await page.pass(1_000);
    whole();
    expect(session.network).toBe("good");
  });

  it("is nothing that anybody reads about when it lasts 3 s", async () => {
    const thaw = page.server.freeze();
    session.join("c1");
    await page.pass(3_000);
    expect(connection.unanswered).toBe(false);
    thaw();
    await page.pass();
    whole();
  });
});

describe("A server that stands still for good", () => {
  it.each(["call.join", "media.create_transport"] as const)("at %s ends the attempts in words, and a click begins anew", async (step) => {
    session.join("c1");
    const thaw = await freezeAt(step);
    await page.pass(10 * 60_000);
    expect(session.phase).toBe("failed");
    expect(session.error).toMatchObject({ code: "timeout" });
    expect(connection.online).toBe(true);
    thaw();
    await page.pass();
    session.join("c1");
    await page.pass(5_000);
    expect(session.phase).toBe("live");
    expect(peers.live.size).toBe(2);
  });

  it("leaves nothing behind when the session is left", async () => {
    page.server.freeze();
    session.join("c1");
    await page.pass(11_000);
    session.leave();
    page.server.drop();
    await page.pass(60_000);
    expect(page.alive()).toEqual(NOTHING_ALIVE);
  });

  it("is entered by itself when the channel is a new one", async () => {
    page.server.freeze();
    session.join("c1");
    await page.pass(10 * 60_000);
    page.server.drop();
    page.server.freeze()();
    page.server.connect();
    await page.pass(5_000);
    expect(session.phase).toBe("live");
  });
});

describe("A path that cannot be had", () => {
  it("is said after a few minutes, with what to do, and tried again when asked", async () => {
    session.join("c1");
    await page.pass();
    for (let time = 0; time < 5; time += 1) {
      page.server.seat.transports.clear();
      peers.one("recv").become("failed");
      await page.pass(11_000);
    }
    expect(session.phase).toBe("failed");
    expect(session.error).toMatchObject({ code: "no_media_path" });
    session.join("c1");
    await page.pass(1_000);
    expect(session.phase).toBe("live");
  });
});

describe("An attempt that waits for its turn", () => {
  it("is made at once when the person asks", async () => {
    page.server.refuse("call.join", null);
    session.join("c1");
    await page.pass(6_000);
    session.retryNow();
    await page.pass(500);
    expect(session.phase).toBe("live");
  });
});

describe("A long session", () => {
  const line = (number: number): ChatView => ({
    chat_id: `chat-${number}`,
    participant_id: OTHER.participant_id,
    name: OTHER.name,
    text: `${number}`,
    sent_at: new Date(number * 1000).toISOString(),
    off_record: false,
  });
  const nothing: RecordView = { chat: [], cards: [], stills: [], strokes: [], earlier: null };
  const mark = (number: number): MarkView => ({ at: number, id: `chat-${number}` });

  it("is shown from its newest end, and read on page by page", async () => {
    page.server.recorded = { chat: [line(4), line(5)], earlier: mark(4) };
    page.server.answer("record.earlier", ({ before }) => {
      const { at } = before as MarkView;
      return { ...nothing, chat: [line(at - 2), line(at - 1)], earlier: at > 2 ? mark(at - 2) : null };
    });
    session.join("c1");
    await page.pass();
    expect(session.chat.map(({ text }) => text)).toEqual(["4", "5"]);
    expect(session.earlier.chat).toBe("more");
    await Promise.all([session.readEarlier("chat"), session.readEarlier("chat"), page.pass()]);
    expect(session.chat.map(({ text }) => text)).toEqual(["2", "3", "4", "5"]);
    await Promise.all([session.readEarlier("chat"), page.pass()]);
    expect(session.chat.map(({ text }) => text)).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(session.earlier.chat).toBe("whole");

    page.server.recorded = { chat: [line(5), line(6)], earlier: mark(5) };
    page.server.drop();
    page.server.connect();
    await page.pass();
    expect(session.chat.map(({ text }) => text)).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(session.earlier.chat).toBe("whole");
  });

  it("that went on for more than a page meanwhile is not shown with a hole", async () => {
    page.server.recorded = { chat: [line(1), line(2)], earlier: null };
    session.join("c1");
    await page.pass();
    page.server.recorded = { chat: [line(8), line(9)], earlier: mark(8) };
    page.server.drop();
    page.server.connect();
    await page.pass();
    expect(session.chat.map(({ text }) => text)).toEqual(["8", "9"]);
    expect(session.earlier.chat).toBe("more");
  });

  it("whose older lines could not be read says so, and reads them when asked again", async () => {
    page.server.recorded = { chat: [line(4)], earlier: mark(4) };
    session.join("c1");
    await page.pass();
    page.server.refuse("record.earlier", "busy");
    await Promise.all([session.readEarlier("chat"), page.pass()]);
    expect(session.earlier.chat).toBe("failed");
    page.server.answer("record.earlier", () => ({ ...nothing, chat: [line(3)] }));
    await Promise.all([session.readEarlier("chat"), page.pass()]);
    expect(session.chat.map(({ text }) => text)).toEqual(["3", "4"]);
  });
});
