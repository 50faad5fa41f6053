/** The clerk's hand in remote control: what is asked, what is granted, and the answers to both. */
import { computed, watch } from "vue";

import { useAttempt } from "@/components/common/attempt";
import { useNow } from "@/components/common/now";
import type { ControlScope } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import type { useSession } from "@/state/session";

/** How long a grant may be given for, in s; the policy may allow less. */
const LENGTHS_S = [300, 900, 1800] as const;
/** How much 延长 adds, in s. */
export const MORE_S = 600;

/** The lengths the clerk may choose from; a policy that allows less than the shortest leaves its own. */
export function lengthsWithin(longestS: number): number[] {
  const found = LENGTHS_S.filter((length) => length <= longestS);
  return found.length > 0 ? found : [longestS];
}

/** For how long from now a grant with `leftS` left is extended; null when there is no more to give. */
export function extension(leftS: number, longestS: number): number | null {
  const lasts = Math.min(longestS, leftS + MORE_S);
  return lasts - leftS < 30 ? null : lasts;
}

export function useConsent(session: ReturnType<typeof useSession>) {
  const now = useNow();
  const answering = useAttempt();
  const question = computed(() => (session.control?.state === "asked" ? session.control : null));
  const grant = computed(() => (session.control && session.control.state !== "asked" ? session.control : null));
  const longest = computed(() => session.controlStand?.longest_s ?? LENGTHS_S[1]);
  const asker = computed(() => {
    const id = session.control?.participant_id;
    return { name: session.control?.asked_by ?? "", title: session.participants.find((one) => one.participant_id === id)?.title ?? "" };
  });
  const leftOf = (until: string | null | undefined) => (until ? Math.max(0, Math.ceil((Date.parse(until) - now.value) / 1000)) : 0);
  const left = computed(() => leftOf(grant.value?.until));

  function refer() {
    const control = session.control;
    if (!control || !session.callId) throw new Error("nothing is asked or granted");
    return { call_id: session.callId, control_id: control.control_id };
  }

  const yes = (scopes: ControlScope[], lastsS: number, monitor: string) =>
    answering.run(() => signal.emitCommand("control.grant", { ...refer(), scopes, lasts_s: lastsS, monitor }, { repeat: true }));
  const no = () => answering.run(() => signal.emitCommand("control.refuse", refer(), { repeat: true }));
  const extend = () => {
    const lasts = extension(left.value, longest.value);
    return lasts === null ? Promise.resolve(false) : answering.run(() => signal.emitCommand("control.extend", { ...refer(), lasts_s: lasts }, { repeat: true }));
  };
  const narrow = (scopes: ControlScope[]) => answering.run(() => signal.emitCommand("control.narrow", { ...refer(), scopes }, { repeat: true }));
  /** Never waits for another answer that is on its way. */
  const revoking = useAttempt();
  const revoke = () => (session.control ? revoking.run(() => signal.emitCommand("control.revoke", refer(), { repeat: true })) : Promise.resolve(false));
  const answerOnce = (agreed: boolean) => {
    const once = grant.value?.once;
    if (!once) return Promise.resolve(false);
    return answering.run(() => signal.emitCommand("control.answer_once", { ...refer(), once_id: once.once_id, agreed }, { repeat: true }));
  };

  const sending = useAttempt();
  /** Send the file the clerk has chosen for the question they said yes to. */
  const sendFile = (onceId: string, file: File) => sending.run(() => session.sendFile(onceId, file));

  watch(
    () => session.control?.control_id,
    () => [answering, sending].forEach((attempt) => attempt.forget()),
  );
  return { question, grant, asker, longest, left, leftOf, answering, revoking, yes, no, extend, narrow, revoke, answerOnce, sending, sendFile };
}
