/** Mount a component with the real catalogue and watch what it emits; shared by the component tests. */
import { createApp, h, nextTick, type Component } from "vue";

import type { CallView, ItemView } from "@/protocol/generated";
import { i18n } from "@/state/i18n";

/** A mounted component: its elements by test id, its words, and the arguments of each event it emitted. */
export interface Shown {
  root: HTMLElement;
  get(testId: string): HTMLElement;
  text(): string;
  emitted(event: string): unknown[][];
  click(testId: string): Promise<void>;
  unmount(): void;
}

/** `events` are the names to watch, as in `defineEmits`. */
export function show(component: Component, props: object, events: readonly string[] = []): Shown {
  const seen = new Map<string, unknown[][]>(events.map((name) => [name, []]));
  const listeners = Object.fromEntries(
    events.map((name) => [
      `on${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      (...args: unknown[]) => void seen.get(name)?.push(args),
    ]),
  );
  const root = document.createElement("div");
  document.body.append(root);
  const app = createApp({ render: () => h(component, { ...props, ...listeners }) });
  app.use(i18n);
  app.mount(root);
  const get = (testId: string): HTMLElement => {
    const element = root.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
    if (!element) throw new Error(`no ${testId}`);
    return element;
  };
  return {
    root,
    get,
    text: () => root.textContent ?? "",
    emitted: (event) => seen.get(event) ?? [],
    click: (testId) => {
      get(testId).click();
      return nextTick();
    },
    unmount: () => {
      app.unmount();
      root.remove();
    },
  };
}

/** Put a value into a field as a person would. */
export function fill(element: HTMLElement, value: string): Promise<void> {
  (element as HTMLInputElement).value = value;
  element.dispatchEvent(new Event(element.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  return nextTick();
}

export const ITEM: ItemView = {
  code: "YB-003",
  version: 2,
  name: "医疗费用手工（零星）报销",
  department: "医疗保障局",
  level: "县",
  keywords: [],
  materials: ["身份证", "发票", "费用清单"],
  steps: ["收材料", "审核"],
  questions: [],
  languages: ["普通话", "独龙语"],
  lifecycle: "live",
  sample: true,
  offered_in: [],
};

export function callView(change: Partial<CallView> = {}): CallView {
  return {
    call_id: "c1",
    number: "1122-014",
    version: 1,
    state: "wrap_up",
    end: null,
    drill: true,
    item: ITEM,
    free_text: "爹在昆明住院",
    point: {
      point_id: "pt",
      name: "独龙江乡便民服务中心",
      region_code: "r",
      region_path: "贡山县 / 独龙江乡",
      phone: "0886-3511234",
      opening_hours: "",
      equipment: [],
      languages: [],
      enabled: true,
      demo: true,
      relay_only: false,
      pad_paired: true,
      pads: 1,
    },
    department: null,
    language: "普通话",
    priority: 50,
    applicant: { name: null, phone: null, id_number_masked: null, relation: "self", acting_for: null },
    consent: { agreed: true, by: "self", text_version: "1", given_at: "2026-11-22T09:00:00Z" },
    recording: "off",
    recording_reason: null,
    requested_at: "2026-11-22T09:00:00Z",
    connected_at: "2026-11-22T09:00:30Z",
    requeued: false,
    ended_at: null,
    wrap_up_until: null,
    clerk_name: "王秀英",
    specialist_name: "李明",
    specialist_department: "县医保局",
    wait: null,
    offer: null,
    materials: ITEM.materials.map((name, index) => ({ name, state: index === 1 ? "missing" : "unknown", note: "" })),
    result: null,
    draft: null,
    writes_result: true,
    ...change,
  };
}

/** What the card of a ringing call is given. */
export const OFFER = {
  offer: {
    call: callView({ state: "offered" }),
    offer: {
      offer_id: "o1",
      call_id: "c1",
      staff_id: "s2",
      staff_name: "李明",
      made_at: "2026-11-22T09:00:00Z",
      expires_at: "2026-11-22T09:00:25Z",
      reasons: ["skill|4", "own_county", "longest_idle|12", "unheard_of"],
    },
    waited_s: 30,
  },
  secondsLeft: 20,
  secondsWhole: 25,
  busy: false,
  failed: "",
};
