/** What people read of remote control in a replay: who, what was allowed, why it paused and ended, what was done. */
import type { CallEventView, ControlledView, ControlPauseView } from "@/protocol/generated";

type Translate = (key: string, values?: Record<string, unknown>) => string;
type Said = [at: number, length: number, hash: string];

/** Characters of a hash that people compare. */
const HASH_SHOWN = 8;

/** 指针、键盘 */
export function scopeWords(scopes: readonly string[], t: Translate): string {
  return scopes.map((scope) => t(`review.control.scope.${scope}`)).join(t("review.control.and"));
}

/** 李明 控制，王秀英 同意：指针、键盘 · 点击 3 次… · 结束：交还 */
export function grantWords(grant: ControlledView, t: Translate): string {
  const scopes = scopeWords(grant.scopes, t);
  return [
    t("review.control.span", { name: grant.name, clerk: grant.granted_by, scopes }),
    t("review.control.did", { ...grant }),
    grant.end === null ? t("review.control.unknownEnd") : t(`review.control.end.${grant.end}`),
  ].join(" · ");
}

/** 暂停：窗口电脑有人操作 */
export function pauseWords(pause: ControlPauseView, t: Translate): string {
  const why = pause.pause === null ? "" : t(`review.control.pause.${pause.pause}`);
  return [t("review.event.control.paused"), why].filter(Boolean).join(" · ");
}

/** What an entry of the log about control says beside its kind. */
export function controlDetails({ kind, data }: CallEventView, t: Translate): string[] {
  const word = (family: string, value: unknown) => (typeof value === "string" && value ? [t(`review.control.${family}.${value}`)] : []);
  const scopes = Array.isArray(data.scopes) && data.scopes.length > 0 ? [scopeWords(data.scopes.map(String), t)] : [];
  switch (kind) {
    case "control.asked":
      return [...scopes, ...own(data.purpose)];
    case "control.granted":
    case "control.narrowed":
      return scopes;
    case "control.paused":
      return word("pause", data.pause);
    case "control.once_asked":
      return word("once", data.kind);
    case "control.once_answered":
      return [t(data.agreed === true ? "review.control.agreed" : "review.control.declined")];
    case "control.ended":
      return word("end", data.end);
    case "control.doings":
      return [typed([...said(data.texts), ...said(data.pushed), ...said(data.pulled)], t)];
    default:
      return [];
  }
}

/** Whether what was done has texts in it, of which a reviewer is told how long they were. */
export function hasTexts({ data }: CallEventView): boolean {
  return [data.texts, data.pushed, data.pulled].some((one) => Array.isArray(one) && one.length > 0);
}

function typed(texts: readonly Said[], t: Translate): string {
  const characters = texts.reduce((sum, [, length]) => sum + length, 0);
  const hashes = texts.map(([, , hash]) => hash.slice(0, HASH_SHOWN)).join(" ");
  return t("review.control.typed", { texts: texts.length, characters, hashes });
}

function own(value: unknown): string[] {
  return typeof value === "string" && value ? [value] : [];
}

function said(value: unknown): Said[] {
  return Array.isArray(value) ? (value as Said[]) : [];
}
