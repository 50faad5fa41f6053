import { describe, expect, it } from "vitest";

import { FITTED, MAX_SCALE, MIN_SCALE, naturalScale, pan, rotate, turnedFit, zoomAt } from "@/components/session/view";

describe("zoomAt", () => {
  it("keeps what is under the pointer where it is", () => {
    const view = zoomAt(FITTED, 2, 100, 50);
    // The picture point under (100, 50) was 100 from the centre at scale 1.
    expect(view.x + 100 * view.scale).toBe(100);
    expect(view.y + 50 * view.scale).toBe(50);
  });

  it("stays within its bounds", () => {
    expect(zoomAt(FITTED, 1000, 0, 0).scale).toBe(MAX_SCALE);
    expect(zoomAt(FITTED, 0.001, 0, 0).scale).toBe(MIN_SCALE);
  });
});

it("is back where it was after four quarter turns", () => {
  const view = pan(zoomAt(FITTED, 3, 10, 20), 5, -7);
  expect(rotate(rotate(rotate(rotate(view))))).toEqual(view);
});

it("knows the scale of one picture pixel per screen pixel, also on its side", () => {
  const box = { width: 800, height: 600 };
  expect(naturalScale(box, { width: 1600, height: 600 }, 0)).toBe(2);
  expect(naturalScale(box, { width: 1200, height: 400 }, 1)).toBe(2);
});

it("fits a picture again after a quarter turn", () => {
  const box = { width: 1000, height: 500 };
  // Upright 800 × 400 fills the box at 1.25; on its side 400 × 800 fits at 0.625.
  expect(turnedFit(box, { width: 800, height: 400 }, 1)).toBe(0.5);
  expect(turnedFit(box, { width: 800, height: 400 }, 2)).toBe(1);
});
