/** What the browser calls the window: the page first, then the product, so that five tabs can be told apart. */

import { watch } from "vue";
import { useI18n } from "vue-i18n";

import { windowTitle } from "@/state/windowTitle";

/** Name the window after the page for as long as its title is this one. */
export function usePageTitle(title: () => string): void {
  const { t } = useI18n();
  watch(
    () => `${title()} - ${t("common.brand")}`,
    (name) => windowTitle.name(name),
    { immediate: true },
  );
}
