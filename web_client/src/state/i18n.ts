/** The catalogues: one file a page family and language, merged under the file's name. */
import { createI18n } from "vue-i18n";
import { kept } from "@/state/storage";

type Catalogue = Record<string, Record<string, unknown>>;
export type Language = "zh-CN" | "en";
export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];

const STORAGE_KEY = "bangban.language";
const files = import.meta.glob<Record<string, unknown>>("../locales/*/*.json", { eager: true, import: "default" });

function catalogue(language: Language): Catalogue {
  const merged: Catalogue = {};
  for (const [path, content] of Object.entries(files)) {
    const [folder, file] = path.split("/").slice(-2) as [string, string];
    if (folder === language) merged[file.replace(/\.json$/, "")] = content;
  }
  return merged;
}

function remembered(): Language {
  return kept.read(STORAGE_KEY) === "en" ? "en" : "zh-CN";
}

export const i18n = createI18n({
  legacy: false,
  locale: remembered() as string,
  fallbackLocale: "zh-CN",
  messages: Object.fromEntries(LANGUAGES.map((language) => [language, catalogue(language)])) as never,
});

/** Switch the interface's language here and in tabs opened later. */
export function useLanguage(language: Language): void {
  kept.write(STORAGE_KEY, language);
  i18n.global.locale.value = language;
  showLanguage();
}

/** Tell the browser, and with it screen readers, which language the page is in. */
export function showLanguage(): void {
  document.documentElement.lang = i18n.global.locale.value;
}

/** The one function of the catalogue that is needed here; vue-i18n's own type of it is too deep for the compiler. */
const catalogueOf = i18n.global as unknown as { t(key: string, values: Record<string, string>): string };

/** Words for what is shown outside components: window titles, notifications, device labels. */
export function words(key: string, values: Record<string, string> = {}): string {
  return catalogueOf.t(key, values);
}
