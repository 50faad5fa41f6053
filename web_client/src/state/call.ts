/** My call: from the request (or the accepted offer) until it is closed and dismissed. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { api } from "@/protocol/api";
import { ServerError } from "@/protocol/errors";
import type { CallDetail, CallDraft, CallRequest, CallResult, CallView, MaterialState, MessageView, WaitView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";

/** Calls whose newest version is kept: enough for the answer of any command still on its way. */
const CALLS_REMEMBERED = 50;
/** Refusals to show a call: it went on without this person. */
const GONE: readonly string[] = ["out_of_scope", "call_not_found"];

type ResultForm = Omit<CallResult, "call_id">;

export const useCall = defineStore("call", () => {
  const call = shallowRef<CallView | null>(null);
  const wait = shallowRef<WaitView | null>(null);
  const mine = shallowRef<CallView[]>([]);
  /** False until the server has said whether there is a call to come back to. */
  const known = ref(false);
  const callId = computed(() => call.value?.call_id ?? null);

  /** Newest version seen of each call: an event may overtake the answer to the command that caused it. */
  const newest = new Map<string, CallView>();
  /** Counts what replaced the call shown: an answer that was asked for before means nothing after. */
  let turn = 0;
  /** Counts sign-ins: nothing of one person is shown to the next. */
  let person = 0;

  function remember(view: CallView): CallView {
    const seen = newest.get(view.call_id);
    if (seen && seen.version > view.version) return seen;
    newest.set(view.call_id, view);
    if (newest.size > CALLS_REMEMBERED) newest.delete(newest.keys().next().value as string);
    return view;
  }

  /** Make this call mine, or show a newer version of it; another call never replaces one that still runs. */
  function take(view: CallView): void {
    const current = call.value;
    if (current && current.call_id !== view.call_id && current.state !== "closed") return;
    if (current?.call_id !== view.call_id) turn += 1;
    const fresh = remember(view);
    call.value = fresh;
    wait.value = fresh.state === "waiting" || fresh.state === "offered" ? (fresh.wait ?? wait.value) : null;
  }

  /** News of a call, by event or as an answer; one that is no longer shown does not come back with it. */
  function changed(view: CallView): void {
    const fresh = remember(view);
    if (call.value?.call_id === fresh.call_id) take(fresh);
  }

  async function request(body: CallRequest): Promise<CallView> {
    dismiss();
    const view = await signal.emitCommand("call.request", body, { repeat: true });
    take(view);
    return view;
  }

  async function cancel(): Promise<void> {
    changed(await signal.emitCommand("call.cancel", { call_id: current() }));
  }

  async function end(): Promise<void> {
    changed(await signal.emitCommand("call.end", { call_id: current() }, { repeat: true }));
  }

  async function storeResult(form: ResultForm): Promise<void> {
    changed(await signal.emitCommand("call.result", { ...form, call_id: current() }, { repeat: true }));
  }

  /** Keep what is written of the wrap-up form; who writes is not interrupted. */
  async function keepDraft(form: Omit<CallDraft, "call_id">): Promise<void> {
    changed(await signal.emitCommand("call.result_draft", { ...form, call_id: current() }));
  }

  /** Finish or put right the result of a call that was closed. */
  async function amendResult(id: string, form: ResultForm): Promise<void> {
    const amended = await signal.emitCommand("call.result", { ...form, call_id: id }, { repeat: true });
    mine.value = mine.value.map((one) => (one.call_id === id ? amended : one));
  }

  async function pauseRecording(reason: string): Promise<void> {
    changed(await signal.emitCommand("recording.pause", { call_id: current(), reason }));
  }

  async function resumeRecording(): Promise<void> {
    changed(await signal.emitCommand("recording.resume", { call_id: current() }));
  }

  async function setMaterial(name: string, state: MaterialState, note = ""): Promise<void> {
    await signal.emitCommand("checklist.update", { call_id: current(), name, state, note });
  }

  function leaveMessage(name: string, phone: string, question: string): Promise<MessageView> {
    return signal.emitCommand("message.leave", { call_id: current(), name, phone, question }, { repeat: true });
  }

  /** Today's calls of mine, newest first as the server sends them. */
  async function loadMine(): Promise<void> {
    const asked = person;
    const { calls } = await api.get<{ calls: CallView[] }>("/calls/mine");
    if (asked === person) mine.value = calls;
  }

  /** Come back to the call that is mine by the server's word, if there is one. */
  async function resume(): Promise<void> {
    await loadMine().catch(() => undefined);
    const live = mine.value.find(({ state }) => state === "connected" || state === "reconnecting");
    if (live) take(live);
  }

  /** Show one call of mine again, unless another is shown meanwhile. */
  async function show(id: string): Promise<void> {
    const asked = turn;
    const detail = await api.get<CallDetail>(`/calls/${id}`);
    if (asked !== turn) return;
    if (call.value?.call_id !== id) call.value = null; // the same one is kept on the screen while it is renewed
    take(detail.call);
  }

  /** Put a finished call aside and be ready for the next one. */
  function dismiss(): void {
    turn += 1;
    call.value = null;
    wait.value = null;
    newest.clear();
  }

  function current(): string {
    if (!call.value) throw new Error("no call of mine");
    return call.value.call_id;
  }

  async function welcomed(id: string | null): Promise<void> {
    const [asked, whose] = [turn, person];
    try {
      if (id) await show(id);
      else if (call.value && call.value.state !== "closed") await show(call.value.call_id);
    } catch (error) {
      if (asked === turn && error instanceof ServerError && GONE.includes(error.code)) dismiss();
    } finally {
      if (whose === person) known.value = true;
    }
  }

  signal.onState((state) => {
    if (state !== "idle") return;
    person += 1;
    dismiss();
    mine.value = [];
    known.value = false;
  });
  signal.on("welcome", (event) => void welcomed(event.call_id).catch(() => undefined));
  signal.on("call.changed", changed);
  signal.on("call.waiting", (event) => {
    if (event.call_id === call.value?.call_id) wait.value = event.wait;
  });
  signal.on("checklist.changed", (event) => {
    const view = call.value;
    if (view?.call_id !== event.call_id) return;
    const materials = view.materials.map((old) => (old.name === event.material.name ? event.material : old));
    call.value = { ...view, materials };
    newest.set(view.call_id, call.value);
  });

  return {
    call, callId, wait, mine, known,
    take, request, cancel, end, storeResult, keepDraft, amendResult, pauseRecording, resumeRecording, setMaterial, leaveMessage,
    loadMine, resume, show, dismiss,
  };
});
