/**
 * Where a picture's content lies inside its box, and the way between screen pixels and normalised points.
 *
 * A video drawn with `object-fit: contain` leaves bars at two sides. Annotation points are normalised to the
 * content rectangle (left/top 0, right/bottom 1), so a point stays on the same word of the shared desktop
 * whatever the size of the window on either side.
 */

/** A rectangle in CSS pixels, relative to the box that holds the picture. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A size in CSS pixels (box) or picture pixels (video). */
export interface Size {
  width: number;
  height: number;
}

/** A point of the content rectangle, both coordinates 0–1. */
export type UnitPoint = [number, number];

/** Return the rectangle a `picture` fills inside `box` when letter-boxed; the whole box while the size is unknown. */
export function contentRectangle(box: Size, picture: Size): Rectangle {
  if (picture.width <= 0 || picture.height <= 0 || box.width <= 0 || box.height <= 0) {
    return { left: 0, top: 0, width: Math.max(0, box.width), height: Math.max(0, box.height) };
  }
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height };
}

/** Return the normalised point under pixel (x, y) of the box, or null on a bar or an empty rectangle. */
export function toUnit(x: number, y: number, content: Rectangle): UnitPoint | null {
  if (content.width <= 0 || content.height <= 0) return null;
  const u = (x - content.left) / content.width;
  const v = (y - content.top) / content.height;
  return u < 0 || u > 1 || v < 0 || v > 1 ? null : [round(u), round(v)];
}

/** Like `toUnit`, but a point beyond the edge is moved onto it: a stroke that leaves the picture ends at its rim. */
export function toUnitClamped(x: number, y: number, content: Rectangle): UnitPoint | null {
  if (content.width <= 0 || content.height <= 0) return null;
  return [
    round(clamp((x - content.left) / content.width)),
    round(clamp((y - content.top) / content.height)),
  ];
}

/** Return the box pixel of a normalised point. */
export function toPixel(point: UnitPoint, content: Rectangle): [number, number] {
  return [content.left + point[0] * content.width, content.top + point[1] * content.height];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Four decimals place a point within half a pixel of an 8K desktop and keep messages small. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
