/** What people read where something of a lane was not recorded. */
import type { GapView } from "@/protocol/generated";

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** The words somebody gave for a pause, or those of what happened. */
export function gapWords(gap: GapView, t: Translate): string {
  return gap.cause === "paused" ? t("review.gap", { reason: gap.reason }) : t(`review.gapCause.${gap.cause}`);
}
