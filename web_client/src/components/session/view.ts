/** Pan, zoom and rotation of a still picture: pure arithmetic for the viewer. */

/** Where the picture's centre lies from the box's centre (CSS pixels), its scale against "fits", and its quarter turns. */
export interface ViewState {
  x: number;
  y: number;
  scale: number;
  turns: 0 | 1 | 2 | 3;
}

export const FITTED: ViewState = { x: 0, y: 0, scale: 1, turns: 0 };
export const MIN_SCALE = 0.5;
/** A 4K page in a 700 px box needs 6 to be seen pixel by pixel; 12 leaves room for small print. */
export const MAX_SCALE = 12;

/** Zoom by `factor` around (x, y), measured from the box's centre: what is under the pointer stays there. */
export function zoomAt(view: ViewState, factor: number, x: number, y: number): ViewState {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, view.scale * factor));
  const ratio = scale / view.scale;
  return { ...view, scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** Turn a quarter clockwise around the box's centre. */
export function rotate(view: ViewState): ViewState {
  return { ...view, x: -view.y, y: view.x, turns: ((view.turns + 1) % 4) as ViewState["turns"] };
}

/** Move by a distance in CSS pixels. */
export function pan(view: ViewState, dx: number, dy: number): ViewState {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** How much a fitted picture must shrink or may grow to fit again after its quarter turns. */
export function turnedFit(
  box: { width: number; height: number },
  picture: { width: number; height: number },
  turns: number,
): number {
  if (turns % 2 === 0 || box.width <= 0 || box.height <= 0) return 1;
  return naturalScale(box, picture, 0) / naturalScale(box, picture, 1);
}

/** The scale that shows one picture pixel on one CSS pixel, for a picture fitted into a box. */
export function naturalScale(
  box: { width: number; height: number },
  picture: { width: number; height: number },
  turns: number,
): number {
  const [w, h] = turns % 2 ? [picture.height, picture.width] : [picture.width, picture.height];
  const fit = Math.min(box.width / w, box.height / h);
  return fit > 0 ? 1 / fit : 1;
}
