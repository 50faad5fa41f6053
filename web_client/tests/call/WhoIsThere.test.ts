/** Who is there: told by state and name, asked only while somebody looks, and never claimed when it is not known. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick, reactive } from "vue";

import WhoIsThere from "@/components/call/WhoIsThere.vue";
import type { ColleaguesView, ColleagueView } from "@/protocol/generated";

import { show, type Shown } from "../session/mount";

const net = vi.hoisted(() => ({ asked: 0, answer: (): Promise<unknown> => Promise.resolve(null) }));
const line = reactive({ online: true });
vi.mock("@/protocol/api", () => ({
  api: {
    get: (path: string) => {
      if (path !== "/colleagues") throw new Error(path);
      net.asked += 1;
      return net.answer();
    },
  },
}));
vi.mock("@/state/connection", () => ({ useConnection: () => line }));

const MEDICAL = { department_id: "d1", name: "县医保局", available: 2, busy: 1, wrap_up: 0, away: 0 };
const CIVIL = { department_id: "d2", name: "县民政局", available: 0, busy: 0, wrap_up: 1, away: 3 };
const NOBODY = { department_id: "d3", name: "县公安局", available: 0, busy: 0, wrap_up: 0, away: 0 };
const person = (change: Partial<ColleagueView>): ColleagueView => ({
  staff_id: "s1", name: "余花", state: "available", reason: null, since: "2026-11-22T09:00:00Z", ...change,
});

let hidden = false;
let shown: Shown | null = null;

async function open(side: "clerk" | "specialist", answer: Partial<ColleaguesView>): Promise<Shown> {
  net.answer = () => Promise.resolve({ departments: [], people: [], more: 0, ...answer });
  shown = show(WhoIsThere, { side });
  await vi.advanceTimersByTimeAsync(0);
  return shown;
}

function look(away: boolean): Promise<unknown> {
  hidden = away;
  document.dispatchEvent(new Event("visibilitychange"));
  return vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
  Object.assign(net, { asked: 0 });
});
afterEach(() => {
  shown?.unmount();
  shown = null;
  hidden = false;
  line.online = true;
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("Who is there", () => {
  it("counts each department by state, the free even when there are none, and the silent ones together", async () => {
    const on = await open("clerk", { departments: [MEDICAL, CIVIL, NOBODY] });
    expect(on.get("there-d1").textContent).toBe("县医保局在线 2协助中 1");
    expect(on.get("there-d2").textContent).toBe("县民政局在线 0整理中 1暂离 3");
    expect(on.root.querySelector("[data-testid=there-d3]")).toBeNull();
    expect(on.get("there-silent").textContent).toBe("另外 1 个部门现在没有人登录");
  });

  it("names the colleagues of a counter's point, who have no switch", async () => {
    const on = await open("clerk", { people: [person({}), person({ staff_id: "s2", name: "和小梅", state: "busy" })] });
    expect(on.get("there-person-s1").textContent).toBe("余花在岗");
    expect(on.get("there-person-s2").textContent).toBe("和小梅正在协助");
  });

  it.each([
    ["meal", "吃饭"],
    ["去村里", "去村里"],
    ["connection_lost", "连接断了，等重新连上"],
  ])("tells a specialist why a colleague is away, and since when: %s", async (reason, words) => {
    vi.setSystemTime(new Date("2026-11-22T09:12:00Z"));
    const on = await open("specialist", { people: [person({ state: "away", reason })], more: 3 });
    expect(on.get("there-person-s1").textContent).toContain(`余花暂离 · ${words}`);
    expect(on.get("there-person-s1").querySelector("time")?.getAttribute("datetime")).toBe("2026-11-22T09:00:00Z");
    expect(on.text()).toContain("还有 3 人");
  });

  it("says that nobody else is there", async () => {
    expect((await open("specialist", {})).get("there-nobody").textContent).toBe("本部门现在没有别的同事登录");
  });

  it("is asked every 8 s while somebody looks, at once when they look again, and no more once it is gone", async () => {
    const on = await open("clerk", { departments: [MEDICAL] });
    expect(net.asked).toBe(1);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(net.asked).toBe(3);
    await look(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(net.asked).toBe(3);
    await look(false);
    expect(net.asked).toBe(4);
    on.unmount();
    shown = null;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(net.asked).toBe(4);
  });

  it("claims nothing while the line is cut, or after an answer that did not come", async () => {
    const on = await open("clerk", { departments: [MEDICAL] });
    line.online = false;
    await nextTick();
    expect(on.text()).not.toContain("县医保局");
    expect(on.get("there-unknown").textContent).toContain("暂时不知道");
    line.online = true;
    await vi.advanceTimersByTimeAsync(0);
    expect(on.text()).toContain("县医保局");
    net.answer = () => Promise.reject(new Error("no answer"));
    await vi.advanceTimersByTimeAsync(8_000);
    expect(on.get("there-unknown").textContent).toContain("暂时不知道");
  });
});
