/** How an administrator's panel acts: one thing at a time, a failure is told at once, what cannot be undone is asked first. */

import { ElMessageBox } from "element-plus";
import { ref } from "vue";
import { useI18n } from "vue-i18n";

import { useErrorWords } from "@/components/common/errorWords";

/** `done` follows every act that succeeded, to close what it was asked in. */
export function useActing(done: () => void = () => undefined) {
  const { t } = useI18n();
  const { toastError } = useErrorWords();
  const busy = ref(false);

  async function attempt(act: () => Promise<unknown>): Promise<void> {
    busy.value = true;
    try {
      await act();
      done();
    } catch (failure) {
      toastError(failure);
    } finally {
      busy.value = false;
    }
  }

  async function confirmed(words: string): Promise<boolean> {
    return ElMessageBox.confirm(words, { confirmButtonText: t("admin.yes"), cancelButtonText: t("common.cancel") }).then(
      () => true,
      () => false,
    );
  }

  return { busy, attempt, confirmed };
}
