import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ControlLine, type LineEnd } from "@/rtc/control/line";
import { FakeSocket } from "../../support/fakeSocket";

describe("ControlLine", () => {
  let socket: FakeSocket;
  let line: ControlLine;
  let told: string[];
  let trips: (number | null)[];
  let ends: LineEnd[];
  const numbers = () => socket.sent.map(({ g, s, t }) => `${g} ${s} ${t}`);

  beforeEach(() => {
    vi.useFakeTimers();
    [told, trips, ends] = [[], [], []];
    socket = new FakeSocket();
    line = new ControlLine(socket as unknown as WebSocket, { token: "T", call: "c1", control: "k1" }, {
      granted: ({ grant }) => void told.push(`granted ${grant}`),
      geometry: ({ rev }) => void told.push(`geometry ${rev}`),
      status: ({ state }) => void told.push(`status ${state}`),
      acknowledged: (_answer, trip) => void trips.push(trip),
      notDone: ({ number, code }) => void told.push(`refused ${number} ${code}`),
      clipboard: (text) => void told.push(`clipboard ${text}`),
      over: (end) => void ends.push(end),
    });
    socket.onopen?.();
  });
  afterEach(() => {
    line.close();
    vi.useRealTimers();
  });

  it("enters with the token, and sends nothing more before there is a grant", () => {
    expect(socket.sent).toEqual([{ v: 1, g: "", s: 1, t: "in", token: "T", call: "c1", control: "k1" }]);
    expect(line.send({ t: "ra" })).toBe(0);
    expect(socket.sent).toHaveLength(1);
  });

  it("numbers within each grant, and anew in the next one", () => {
    socket.grant("k1-1", ["draw"]);
    line.send({ t: "ra" });
    socket.grant("k1-2", ["draw"]);
    line.send({ t: "ra" });
    expect(numbers().slice(1)).toEqual(["k1-1 1 hb", "k1-1 2 ra", "k1-2 1 hb", "k1-2 2 ra"]);
  });

  it("beats each second until it is over", () => {
    socket.grant("k1-1", []);
    vi.advanceTimersByTime(5_000);
    expect(socket.sent.filter(({ t }) => t === "hb")).toHaveLength(6);
    socket.onclose?.();
    vi.advanceTimersByTime(5_000);
    expect(socket.sent.filter(({ t }) => t === "hb")).toHaveLength(6);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("measures the round trip by the answers to its own heartbeats in this grant", () => {
    socket.grant("k1-1", []);
    vi.advanceTimersByTime(40);
    socket.hear({ t: "ack", g: "k1-0", last: 1, held: 0, state: "granted" });
    socket.hear({ t: "ack", g: "k1-1", last: 1, held: 0, state: "granted" });
    socket.hear({ t: "ack", g: "k1-1", last: 1, held: 0, state: "granted" });
    expect(trips).toEqual([40, null]);
  });

  it("tells what the other side says", () => {
    socket.hear({ t: "geo", rev: 4, monitors: [] });
    socket.hear({ t: "st", grant: "k1-1", state: "paused_local", reason: "local_input" });
    socket.hear({ t: "er", number: 5, code: "paused" });
    socket.hear({ t: "cr", g: "k1-1", text: "复制" });
    expect(told).toEqual(["geometry 4", "status paused_local", "refused 5 paused", "clipboard 复制"]);
  });

  it.each([
    ["a refusal", { t: "no", code: "too_old" }, "too_old"],
    ["a revocation", { t: "rv", grant: "k1-1" }, "ended"],
  ])("is over with %s: nothing is sent any more, and it is told once when the server closes", (_what, message, end) => {
    socket.grant("k1-1", ["draw"]);
    const before = socket.sent.length;
    socket.hear(message);
    expect(line.send({ t: "ra" })).toBe(0);
    vi.advanceTimersByTime(3_000);
    expect(socket.sent.length).toBe(before);
    socket.onclose?.();
    socket.onclose?.();
    expect(ends).toEqual([end]);
  });

  it("does not come back when it is lost", () => {
    socket.grant("k1-1", []);
    socket.onclose?.();
    vi.advanceTimersByTime(60_000);
    expect([ends, FakeSocket.last === socket, line.open]).toEqual([["lost"], true, false]);
  });

  it("is full when more than 16 kB wait in the browser", () => {
    socket.bufferedAmount = 16_384;
    expect(line.calm).toBe(true);
    socket.bufferedAmount = 16_385;
    expect(line.calm).toBe(false);
  });
});
