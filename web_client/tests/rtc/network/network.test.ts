/** The pure parts of the network test: which ways there are, what the figures are, and what they mean. */
import type { types } from "mediasoup-client";
import { describe, expect, it } from "vitest";
import { figuresOf, sampleOf, type Sample } from "@/rtc/network/figures";
import { judge, LEAST_BPS, type Figures, type Tried } from "@/rtc/network/verdict";
import { needOfTurn, waysOf } from "@/rtc/network/ways";

const candidate = (protocol: "udp" | "tcp", ip: string): types.IceCandidate =>
  ({ protocol, ip, address: ip, port: 24000, foundation: protocol, priority: 1, type: "host" }) as types.IceCandidate;
const TURN = { urls: ["turn:turn.example:3478?transport=udp", "turns:turn.example"], username: "u", credential: "c" };
const GOOD: Figures = { upBps: 2e6, downBps: 2e6, upLoss: 0, downLoss: 0, roundTripMs: 20, jitterMs: 2 };
const NOTHING: Figures = { upBps: null, downBps: null, upLoss: null, downLoss: null, roundTripMs: null, jitterMs: null };

describe("ways", () => {
  it("are the server's UDP, its TCP and each TURN address, the best first", () => {
    const ways = waysOf([candidate("udp", "127.0.0.1"), candidate("udp", "10.0.0.5"), candidate("tcp", "2001:db8::5")], [TURN]);
    expect(ways.map((way) => [way.kind, way.needs])).toEqual([
      ["udp", ["UDP 10.0.0.5:24000"]],
      ["tcp", ["TCP [2001:db8::5]:24000"]],
      ["turn", ["UDP turn.example:3478 (TURN)"]],
      ["turn", ["TCP turn.example:5349 (TURN TLS)"]],
    ]);
    expect(ways[3]!.iceServers).toEqual([{ ...TURN, urls: ["turns:turn.example"] }]);
  });

  it("name loopback only where there is nothing else", () => {
    expect(waysOf([candidate("udp", "127.0.0.1")], [])[0]!.needs).toEqual(["UDP 127.0.0.1:24000"]);
    expect(waysOf([], [])).toEqual([]);
  });

  it.each([
    ["turn:[2001:db8::1]:99?transport=tcp", "TCP [2001:db8::1]:99 (TURN)"],
    ["turn:a", "UDP a:3478 (TURN)"],
    ["nonsense", "nonsense"],
  ])("say what %s needs", (url, need) => expect(needOfTurn(url)).toBe(need));
});

describe("the verdict", () => {
  const tried = (udp: boolean, tcp: boolean, turn: boolean): Tried[] => [
    { kind: "udp", needs: ["UDP a"], reached: udp },
    { kind: "tcp", needs: ["TCP a"], reached: tcp },
    { kind: "turn", needs: ["UDP t"], reached: turn },
  ];

  it.each([
    [tried(true, false, false), { level: "good", reasons: [], ask: [] }],
    [tried(false, true, true), { level: "usable", reasons: ["tcp_only"], ask: ["UDP a"] }],
    [tried(false, false, true), { level: "usable", reasons: ["turn_only"], ask: ["UDP a"] }],
    [tried(false, false, false), { level: "blocked", reasons: ["blocked"], ask: ["UDP a", "TCP a", "UDP t"] }],
  ])("of %o with good figures", (ways, expected) => expect(judge(ways, GOOD, "all")).toEqual(expected));

  it("counts TURN alone where the point is relayed", () => {
    expect(judge(tried(true, true, true), GOOD, "relay")).toEqual({ level: "good", reasons: ["relay_policy"], ask: [] });
    expect(judge(tried(true, true, false), null, "relay")).toEqual({ level: "blocked", reasons: ["blocked"], ask: ["UDP t"] });
  });

  it.each([
    [{ upBps: LEAST_BPS - 1 }, "slow"],
    [{ downLoss: 0.1 }, "loss"],
    [{ roundTripMs: 900 }, "delay"],
    [{ jitterMs: 80 }, "jitter"],
  ])("is weak for %o", (worse, reason) => {
    expect(judge(tried(true, true, true), { ...GOOD, ...worse }, "all")).toEqual({ level: "weak", reasons: [reason], ask: [] });
  });

  it("holds nothing against what could not be measured", () => {
    expect(judge(tried(true, true, true), NOTHING, "all").level).toBe("good");
  });
});

describe("figures", () => {
  const at = (second: number, more: Partial<Sample> = {}): Sample => ({
    at: second * 1000,
    sentBytes: second * 125_000,
    receivedBytes: second * 100_000,
    receivedPackets: second * 90,
    lostPackets: second * 10,
    upLoss: null,
    roundTripMs: 30,
    jitterMs: 3,
    ...more,
  });

  it("are rates of the settled seconds, loss of all, and medians", () => {
    const samples = [0, 1, 2, 3, 4, 5, 6].map((second) => at(second, second === 4 ? { roundTripMs: 500, upLoss: 0.02 } : {}));
    expect(figuresOf(samples)).toEqual({ upBps: 1e6, downBps: 8e5, upLoss: 0.02, downLoss: 0.1, roundTripMs: 30, jitterMs: 3 });
  });

  it("are none without two samples, and no loss where nothing came", () => {
    expect(figuresOf([at(0)])).toBeNull();
    expect(figuresOf([at(0), { ...at(0), at: 1000 }])!.downLoss).toBeNull();
  });

  it("come from the rows of both connections", () => {
    const up = [
      { type: "outbound-rtp", bytesSent: 7 },
      { type: "transport", selectedCandidatePairId: "p" },
      { type: "candidate-pair", id: "p", currentRoundTripTime: 0.04 },
    ];
    const down = [{ type: "inbound-rtp", bytesReceived: 5, packetsReceived: 4, packetsLost: -1, jitter: 0.002 }];
    expect(sampleOf(9, up, down)).toEqual({
      at: 9, sentBytes: 7, receivedBytes: 5, receivedPackets: 4, lostPackets: -1, upLoss: null, roundTripMs: 40, jitterMs: 2,
    });
    expect(sampleOf(9, [...up, { type: "remote-inbound-rtp", fractionLost: 0.1, roundTripTime: 0.03 }], down)).toMatchObject({ upLoss: 0.1, roundTripMs: 30 });
  });
});
