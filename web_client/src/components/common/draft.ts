/** Words somebody typed: they stay in their field until the server has them. */
import type { Ref } from "vue";

/** Sends words; resolves with whether they arrived. */
export type Sending = (words: string) => Promise<boolean>;

/** Send what stands in the field and empty it once that arrived; what was typed meanwhile stays. */
export async function sendDraft(draft: Ref<string>, send: Sending): Promise<void> {
  const given = draft.value;
  const words = given.trim();
  if (words && (await send(words)) && draft.value === given) draft.value = "";
}
