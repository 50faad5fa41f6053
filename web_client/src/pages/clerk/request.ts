/** The request being prepared at the counter: language, priority, applicant, materials, the citizen's answer. */

import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";

import { NORMAL_PRIORITY } from "@/components/call/priorities";
import { elapsed } from "@/protocol/clock";
import { ServerError } from "@/protocol/errors";
import type { ApplicantBody, CallView, ConsentBody, ItemView, MaterialState, MaterialView, Relation } from "@/protocol/generated";
import { useAuth } from "@/state/auth";
import { useCall } from "@/state/call";
import { useConfig } from "@/state/config";

/** How long an answer is good for a call that has not begun, in ms: the next citizen may want the same item. */
const ANSWER_GOOD_MS = 5 * 60_000;

const NOBODY: ApplicantBody = { name: null, phone: null, id_number: null, relation: "self", acting_for: null };

/**
 * `words` are what the citizen said; wiping them is the end of that matter, and of the answer given for it.
 * `local` are the languages people speak around here, whatever the item's own are.
 */
export function useRequest(item: ComputedRef<ItemView | null>, words: Ref<string>, local: () => readonly string[]) {
  const calls = useCall();
  const auth = useAuth();
  const config = useConfig();
  const language = ref("");
  const priority = ref(NORMAL_PRIORITY as number);
  const applicant = shallowRef<ApplicantBody>(NOBODY);
  const consent = shallowRef<ConsentBody | null>(null);
  const marks = ref<Record<string, MaterialState>>({});
  const asking = ref(false);
  const busy = ref(false);
  const error = shallowRef<unknown>(null);
  /** The sheet was opened by 发起协助 and not only to ask: an answer starts the call. */
  let startAfterwards = false;
  /** The call that is tried once more: the same citizen, whose masked number only the server still has. */
  const againOf = ref<string | null>(null);
  let answeredAt = 0;

  const textVersion = computed(() => config.config?.notice_version ?? "");
  const materials = computed<MaterialView[]>(() =>
    (item.value?.materials ?? []).map((name) => ({ name, state: marks.value[name] ?? "unknown", note: "" })),
  );

  const languages = computed(() => [...new Set([...(item.value?.languages ?? []), ...local()])]);

  function mark(name: string, state: MaterialState): void {
    marks.value = { ...marks.value, [name]: state };
  }

  function ask(): void {
    startAfterwards = false;
    asking.value = true;
  }

  /** 发起协助: the citizen is asked first, once per citizen and item. */
  async function start(freeText: string): Promise<void> {
    if (consent.value && elapsed() - answeredAt < ANSWER_GOOD_MS) return send(freeText);
    startAfterwards = true;
    asking.value = true;
  }

  async function answer(agreed: boolean, by: Relation, freeText: string): Promise<void> {
    asking.value = false;
    consent.value = { agreed, by, text_version: textVersion.value };
    answeredAt = elapsed();
    if (applicant.value.relation === "self") applicant.value = { ...applicant.value, relation: by };
    if (startAfterwards) await send(freeText);
  }

  /** Nobody answered in time: that is a no, and nothing is started while nobody is looking. */
  function expire(by: Relation): void {
    asking.value = false;
    consent.value = { agreed: false, by, text_version: textVersion.value };
    answeredAt = elapsed();
  }

  async function send(freeText: string): Promise<void> {
    if (!item.value || !consent.value || busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      await calls.request({
        item_code: item.value.code,
        free_text: freeText,
        language: language.value,
        priority: priority.value,
        applicant: applicant.value,
        consent: consent.value,
        drill: auth.staff?.demo ?? false,
        again_of: againOf.value,
      });
      await sendMarks();
    } catch (reason) {
      error.value = reason;
      if (reason instanceof ServerError && reason.code === "again_too_late") forgetAnswer();
    } finally {
      busy.value = false;
    }
  }

  /** Who is at the counter may be somebody else: they are asked anew. */
  function forgetAnswer(): void {
    consent.value = null;
    againOf.value = null;
  }

  /** Take up a call that brought no help once more: same applicant, ticks, language, urgency and answer. */
  function takeUp(view: CallView): void {
    const { name, phone, relation, acting_for } = view.applicant;
    applicant.value = { name, phone, id_number: null, relation, acting_for };
    marks.value = Object.fromEntries(view.materials.map((material) => [material.name, material.state]));
    language.value = view.language;
    priority.value = view.priority;
    const { agreed, by, text_version } = view.consent;
    consent.value = text_version === textVersion.value ? { agreed, by, text_version } : null;
    answeredAt = elapsed();
    againOf.value = view.call_id;
  }

  /** What was ticked off before the call belongs to it; a mark that is lost can be made again. */
  async function sendMarks(): Promise<void> {
    const marked = materials.value.filter((material) => material.state !== "unknown");
    await Promise.allSettled(marked.map((material) => calls.setMaterial(material.name, material.state)));
  }

  function clear(): void {
    priority.value = NORMAL_PRIORITY;
    applicant.value = NOBODY;
    consent.value = null;
    marks.value = {};
    againOf.value = null;
    asking.value = false;
    error.value = null;
  }

  watch(
    () => item.value?.code,
    () => {
      marks.value = {};
      forgetAnswer();
      if (!languages.value.includes(language.value)) language.value = languages.value[0] ?? "";
    },
  );

  watch(words, (said) => {
    if (!said.trim()) forgetAnswer();
  });

  return {
    language, languages, priority, applicant, consent, materials, asking, busy, error, textVersion,
    mark, ask, start, takeUp, answer, expire, clear,
  };
}
