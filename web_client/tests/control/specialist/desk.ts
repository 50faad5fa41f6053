/** A desk as the specialist's components are given it, in any standing. */
import { computed, ref, shallowRef } from "vue";
import { vi } from "vitest";

import type { ControlDesk, Mode, OpenPanel, Standing } from "@/components/control/specialist/desk";
import type { ControllerUp, Scope, State } from "@/protocol/control";
import type { ControlObstacle, ControlView } from "@/protocol/generated";
import { Hand } from "@/rtc/control/hand";

export function question(change: Partial<ControlView> = {}): ControlView {
  return {
    control_id: "k1", state: "granted", asked_by: "李明", participant_id: "specialist", asked: ["draw", "pointer"], purpose: "",
    answer_until: "2026-11-22T09:00:30Z", scopes: ["draw", "pointer"], until: "2026-11-22T09:30:00Z", pause: null, once: null,
    monitor: "M1", awaited: null, agreed: null, end: null, ended_by: null, ...change,
  };
}

/** What was sent to the counter PC, and the desk it was sent from. */
export function makeDesk(standing: Standing, scopes: Scope[] = ["draw", "pointer", "keyboard", "text", "clipboard"]) {
  const sent: ControllerUp[] = [];
  const state = ref<State>("granted");
  const granted = shallowRef<ReadonlySet<Scope>>(new Set(scopes));
  const may = (scope: Scope) => state.value === "granted" && granted.value.has(scope);
  let frame = 0;
  const hand = new Hand({ send: (message) => void sent.push(message), calm: () => true, may, rev: () => 3, nextFrame: (run) => run((frame += 16)) });
  const at = ref<Standing>(standing);
  const mine = shallowRef<ControlView | null>(["none", "ended"].includes(standing) ? null : question());
  const desk = {
    hold: {
      hand, may, state, scopes: granted, roundTripMs: ref<number | null>(20), clipboard: ref<string | null>(null), progress: shallowRef(null),
      type: vi.fn(), stopTyping: vi.fn(), phase: ref("open"),
    },
    view: { large: ref(false), choose: vi.fn() },
    mode: ref<Mode>("work"),
    panel: ref<OpenPanel>("none"),
    draft: ref(""),
    asking: ref(false),
    holdsKeys: ref(false),
    interrupted: ref(false),
    pullFailed: ref(false),
    mine,
    ended: shallowRef<ControlView | null>(null),
    standing: at,
    held: computed(() => ["granted", "paused_local", "paused_rate", "locked"].includes(at.value)),
    desktop: shallowRef({ key: "desktop-clerk" }),
    onStage: ref(true),
    obstacle: ref<ControlObstacle | null | undefined>(null),
    modes: ref<Mode[]>(["work", "point"]),
    clerk: ref("王秀英"),
    active: computed(() => at.value === "granted"),
    pulling: ref(false),
    toggle: vi.fn(), use: vi.fn(), beginAsking: vi.fn(), ask: vi.fn(), giveUp: vi.fn(), strike: vi.fn(), pasted: vi.fn(), fillClipboard: vi.fn(),
    pull: vi.fn(), closeClipboard: vi.fn(), sayUnsent: vi.fn(), putAside: vi.fn(),
  };
  return { desk: desk as unknown as ControlDesk, parts: desk, sent, types: () => sent.map(({ t }) => t) };
}
