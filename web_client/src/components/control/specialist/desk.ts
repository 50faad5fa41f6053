/** Control of the counter PC as the specialist's page shows it: how far it is, what is open over the picture, what each button does. */

import { ElMessage } from "element-plus";
import { computed, ref, watch, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import { useErrorWords } from "@/components/common/errorWords";
import type { useRoomView } from "@/components/session/roomView";
import type { StageView } from "@/components/session/stageView";
import type { Scope } from "@/protocol/control";
import type { CallView, ControlScope } from "@/protocol/generated";
import { CHORDS, type ChordName } from "@/rtc/control/chords";
import type { useSession } from "@/state/session";

import { useFileDesk } from "./fileDesk";
import { usePullDesk } from "./pullDesk";

/** `work`: the counter PC's own pointer and keys; `point`: a pointer and lines shown over its desktop. */
export type Mode = "work" | "point";

/** How far it is: nothing, the question, the line that is being opened, what the counter PC says, or how it ended. */
export type Standing = "none" | "asked" | "connecting" | "granted" | "paused_local" | "paused_rate" | "locked" | "over" | "ended";
/** What is open over the picture. */
export type OpenPanel = "none" | "chords" | "text" | "clipboard" | "files";

/** What a clerk is asked for at most from here. */
export const SCOPES = ["draw", "pointer", "keyboard", "text", "clipboard", "file"] as const satisfies readonly ControlScope[];
const WORKING: readonly Scope[] = ["pointer", "keyboard", "text"];
/** Standings in which the picture is worked in, or would be but for a moment. */
const HELD: readonly Standing[] = ["granted", "paused_local", "paused_rate", "locked"];

export type ControlDesk = ReturnType<typeof useControlDesk>;

export function useControlDesk(
  session: ReturnType<typeof useSession>,
  room: ReturnType<typeof useRoomView>,
  view: StageView,
  call: ComputedRef<CallView | null>,
) {
  const { t } = useI18n();
  const { toastError } = useErrorWords();
  const hold = session.controlling;
  const mode = ref<Mode>("work");
  const panel = ref<OpenPanel>("none");
  /** What stands in the field of the text panel. */
  const draft = ref("");
  const asking = ref(false);
  /** The keyboard goes to the counter PC. */
  const holdsKeys = ref(false);
  /** The picture went away under the keyboard, and control goes on: it is taken again when the picture is back. */
  const interrupted = ref(false);

  const mine = computed(() => (session.control?.participant_id === session.meId ? session.control : null));
  const ended = computed(() => (session.controlEnded?.participant_id === session.meId ? session.controlEnded : null));
  const standing = computed<Standing>(() => {
    if (mine.value === null) return ended.value ? "ended" : "none";
    if (mine.value.state === "asked") return "asked";
    if (hold.phase.value === "off" || hold.phase.value === "connecting") return "connecting";
    const said = hold.state.value;
    return hold.phase.value === "over" || said === "idle" || said === "revoked" ? "over" : said;
  });
  const files = useFileDesk(session, mine);
  const { failed: pullFailed, pulling, ask: askPull } = usePullDesk(session, mine);
  const held = computed(() => HELD.includes(standing.value));
  const desktop = computed(() => room.tiles.value.find((tile) => tile.track === "desktop" && tile.part === "clerk" && !tile.own) ?? null);
  const onStage = computed(() => [room.main.value?.key, view.beside.value?.key].includes(desktop.value?.key));
  /** Why it cannot be asked for now; null when it can, undefined until it is known. */
  const obstacle = computed(() => session.controlStand?.obstacle);
  const modes = computed<Mode[]>(() => {
    const scopes = hold.scopes.value;
    return [...(WORKING.some((scope) => scopes.has(scope)) ? (["work"] as const) : []), ...(scopes.has("draw") ? (["point"] as const) : [])];
  });
  const clerk = computed(() => call.value?.clerk_name ?? "");
  /** The pen and the pointer of the page itself go before: they are chosen by hand. */
  const active = computed(() => held.value && room.tool.value === "off");

  function toggle(wanted: OpenPanel): void {
    panel.value = panel.value === wanted ? "none" : wanted;
  }

  function use(wanted: Mode): void {
    mode.value = wanted;
    room.useTool("off");
  }

  function beginAsking(): void {
    asking.value = true;
  }

  async function ask(scopes: ControlScope[], purpose: string): Promise<void> {
    await session.askControl(scopes, purpose);
    asking.value = false;
  }

  function giveUp(): void {
    session.giveUpControl().catch(toastError);
  }

  /** Press what the browser keeps for itself. */
  function strike(name: ChordName): void {
    panel.value = "none";
    hold.hand.strike(CHORDS[name]);
  }

  /** A text was pasted into the picture: what it is to become is asked first. */
  function pasted(text: string): void {
    draft.value = text;
    panel.value = "text";
  }

  function fillClipboard(text: string): void {
    hold.push(text);
    panel.value = "none";
    draft.value = "";
    ElMessage({ type: "success", message: t("control.text.pushed") });
  }

  function pull(): void {
    panel.value = "clipboard";
    askPull().catch((error: unknown) => {
      panel.value = "none";
      toastError(error);
    });
  }

  function closeClipboard(): void {
    hold.forgetClipboard();
    panel.value = "none";
  }

  /** A text was made that is not sent: it is not granted, or nothing is obeyed now. */
  function sayUnsent(): void {
    const granted = hold.scopes.value.has("text");
    ElMessage({ type: "warning", message: t(granted ? "control.unsent.paused" : "control.unsent.notGranted"), grouping: true });
  }

  watch(hold.refusal, (refusal) => refusal?.code === "paused" && panel.value !== "text" && sayUnsent());
  watch(held, (now) => {
    panel.value = "none";
    interrupted.value = false;
    if (!now) return;
    use(modes.value[0] ?? "point");
    if (desktop.value && !onStage.value) view.choose(desktop.value.key);
  });
  watch(modes, (possible) => possible.length > 0 && !possible.includes(mode.value) && use(possible[0]!));
  watch(
    () => session.callId,
    () => ((asking.value = false), (draft.value = "")),
  );

  return {
    hold, files, view, mode, panel, draft, asking, holdsKeys, interrupted, pullFailed, mine, ended, standing, held, desktop, onStage, obstacle, modes, clerk, active, pulling,
    toggle, use, beginAsking, ask, giveUp, strike, pasted, fillClipboard, pull, closeClipboard, sayUnsent,
    putAside: session.putControlEndAside,
  };
}
