import { describe, expect, it } from "vitest";

import { contentRectangle, toPixel, toUnit, toUnitClamped } from "@/components/session/geometry";

describe("contentRectangle", () => {
  it("leaves bars left and right of a narrow picture", () => {
    expect(contentRectangle({ width: 1000, height: 500 }, { width: 400, height: 400 })).toEqual({
      left: 250,
      top: 0,
      width: 500,
      height: 500,
    });
  });

  it("leaves bars above and below a wide picture", () => {
    expect(contentRectangle({ width: 800, height: 800 }, { width: 1600, height: 900 })).toEqual({
      left: 0,
      top: 175,
      width: 800,
      height: 450,
    });
  });

  it("is the whole box while the picture's size is unknown", () => {
    expect(contentRectangle({ width: 640, height: 360 }, { width: 0, height: 0 })).toEqual({
      left: 0,
      top: 0,
      width: 640,
      height: 360,
    });
  });
});

describe("toUnit", () => {
  const content = { left: 250, top: 0, width: 500, height: 500 };

  it("knows no point on the bars", () => {
    expect(toUnit(100, 250, content)).toBeNull();
    expect(toUnit(751, 250, content)).toBeNull();
  });

  it("is 0 and 1 at the corners of the content", () => {
    expect(toUnit(250, 0, content)).toEqual([0, 0]);
    expect(toUnit(750, 500, content)).toEqual([1, 1]);
  });

  it("moves a point beyond the edge onto it when clamped", () => {
    expect(toUnitClamped(100, 900, content)).toEqual([0, 1]);
  });

  it("knows no point in an empty rectangle", () => {
    expect(toUnit(0, 0, { left: 0, top: 0, width: 0, height: 0 })).toBeNull();
    expect(toUnitClamped(0, 0, { left: 0, top: 0, width: 0, height: 0 })).toBeNull();
  });
});

describe("a point survives letter-boxing and resize", () => {
  const picture = { width: 1920, height: 1080 };
  const boxes = [
    { width: 752, height: 560 },
    { width: 1280, height: 700 },
    { width: 390, height: 640 },
    { width: 333, height: 117 },
  ];
  it.each(boxes)("stays on the same picture pixel in %o", (box) => {
    const content = contentRectangle(box, picture);
    const [x, y] = toPixel([0.25, 0.8], content);
    expect(toUnit(x, y, content)).toEqual([0.25, 0.8]);
  });
});
