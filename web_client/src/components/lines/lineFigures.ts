/** Lines in words and shapes: the figures of one moment, and how a lane is drawn. Pure. */
import type { LineView, Quality } from "@/protocol/generated";

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** One figure of one moment; `reported` when the page told it. */
export interface Figure {
  key: string;
  name: string;
  words: string;
  reported: boolean;
}

/** The figures that are known of the moment `index`, the weightiest first. */
export function figuresOf(line: LineView, index: number, t: Translate): Figure[] {
  const figure = (key: string, words: string | null, reported = false): Figure[] =>
    words === null ? [] : [{ key, name: t(`lines.figure.${key}`), words, reported }];
  const unit = (name: string, value: number | null | undefined) => (value === null || value === undefined ? null : t(`lines.unit.${name}`, { n: value }));
  const percent = (value: number | null | undefined) => unit("percent", value === null || value === undefined ? null : value / 10);
  const opinion = line.opinion[index];
  const frozen = line.freeze_ms[index];
  const frames = line.frames[index];
  return [
    ...figure("opinion", opinion === null || opinion === undefined ? t("lines.noScore") : opinion.toFixed(1)),
    ...figure("kbps", unit("kbps", line.kbps[index])),
    ...figure("lost", percent(line.lost[index])),
    ...figure("sound", percent(line.sound_lost[index])),
    ...figure("rtt", unit("ms", line.rtt_ms[index])),
    ...figure("jitter", unit("ms", line.jitter_ms[index])),
    ...figure("layer", reduced(line.layer[index], t)),
    ...figure("freeze", frozen === null || frozen === undefined ? null : t("lines.freeze", { n: Math.round(frozen / 20) }), true),
    ...figure("made_up", percent(line.made_up[index]), true),
    ...figure("frames", unit("fps", frames === null || frames === undefined ? null : Math.round(frames / 2)), true),
    ...figure("buffer", unit("ms", line.buffer_ms[index]), true),
  ];
}

function reduced(layer: number | null | undefined, t: Translate): string | null {
  if (layer === null || layer === undefined) return null;
  return layer < 0 ? t("lines.unit.held") : t("lines.unit.layer", { n: layer + 1 });
}

/** One line of text: how it was, and the figures. */
export function sentence(line: LineView, index: number, t: Translate): string {
  const figures = figuresOf(line, index, t).map((one) => `${one.name} ${one.words}`);
  return [t(`lines.level.${line.level[index]}`), ...figures].join(" · ");
}

/** When a line's zero is, on a clock whose zero is `zeroMs`, both in ms since 1970. */
export function offsetOf(line: LineView, zeroMs: number): number {
  return Date.parse(line.began_at) - zeroMs;
}

/** The value that stands for a moment, in ms since the line began; null within a gap. */
export function indexAt(line: LineView, atMs: number): number | null {
  const index = line.at_ms.findIndex((end) => end >= atMs);
  return index >= 0 && atMs > line.at_ms[index]! - stretch(line, index) ? index : null;
}

/** The newest moment that something is known of, in ms since the line began. */
export function newestOf(line: LineView): number {
  return line.at_ms[line.at_ms.length - 1] ?? 0;
}

/** How long a value stands for; a beat comes late now and then. */
function stretch(line: LineView, index: number): number {
  const since = index > 0 ? line.at_ms[index]! - line.at_ms[index - 1]! : Infinity;
  return since <= line.step_ms * 1.6 ? since : line.step_ms;
}

/** A stretch of one level, in ms since the line began. */
export interface Run {
  level: Quality;
  from: number;
  to: number;
}

/** The stretches of one level each; between those that do not touch nothing is known. */
export function runsOf(line: LineView): Run[] {
  const runs: Run[] = [];
  line.at_ms.forEach((to, index) => {
    const level = line.level[index]!;
    const from = to - stretch(line, index);
    const last = runs[runs.length - 1];
    if (last && last.level === level && from - last.to < 1) last.to = to;
    else runs.push({ level, from, to });
  });
  return runs;
}
