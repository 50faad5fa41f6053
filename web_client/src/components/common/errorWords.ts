/** Words for errors: the catalogue by code, else the sentence the server sent. */
import { ElMessage } from "element-plus";
import type { Ref } from "vue";
import { useI18n } from "vue-i18n";
import { errorKey, ServerError } from "@/protocol/errors";
import { useUpdate } from "@/state/update";

/** The sentence for an error; `has` and `translate` are the catalogue's. */
export function wordsFor(
  error: unknown,
  catalogue: { has: (key: string) => boolean; translate: (key: string) => string; preferServer: boolean; outdated?: boolean },
): string {
  const key = catalogue.outdated && isMisunderstood(error) ? "common.error.outdated" : errorKey(error);
  const sentence = error instanceof ServerError ? error.sentence : "";
  if (sentence && key !== "common.error.outdated" && (catalogue.preferServer || !catalogue.has(key))) return sentence;
  return catalogue.translate(catalogue.has(key) ? key : "common.error.unexpected");
}

/** What a server of another version says to a page that asks in the old way. */
function isMisunderstood(error: unknown): boolean {
  return error instanceof ServerError && ["malformed", "unknown_command", "http_404"].includes(error.code);
}

/** For components: `say(error)`, `words(attempt)` (empty unless it failed), `toastError(error)`; the server's sentences are Chinese. */
export function useErrorWords() {
  const { t, te, locale } = useI18n();
  const say = (error: unknown): string =>
    wordsFor(error, { has: (key) => te(key), translate: (key) => t(key), preferServer: locale.value === "zh-CN", outdated: useUpdate().outdated });
  const words = ({ error }: { error: Readonly<Ref<unknown>> }): string => (error.value ? say(error.value) : "");
  const toastError = (error: unknown): void => {
    ElMessage({ type: "error", message: say(error), duration: 6000, showClose: true, grouping: true });
  };
  return { say, words, toastError };
}
