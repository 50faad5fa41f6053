import { describe, expect, it } from "vitest";
import { encodingsOf } from "@/rtc/encodings";

const HD = { width: 1280, height: 720 };
const USUAL = { width: 640, height: 360 };

describe("The encodings of a picture", () => {
  const scales = (...asked: Parameters<typeof encodingsOf>) => encodingsOf(...asked).map((one) => one.scaleResolutionDownBy);

  it("are three of a large camera, two of others and on a weak computer", () => {
    expect(scales("camera", HD, 4, "video/VP8")).toEqual([4, 2, 1]);
    expect(scales("camera", USUAL, 4, "video/VP8")).toEqual([2, 1]);
    expect(scales("camera", HD, 2, "video/VP8")).toEqual([2, 1]);
    expect(scales("document_camera", HD, 8, "video/VP8")).toEqual([2, 1]);
  });

  it("are one of the desktop, and of what is so small or unknown that a browser would leave the largest out", () => {
    expect(encodingsOf("desktop", { width: 1920, height: 1080 }, 8, "video/VP8")).toEqual([{ maxBitrate: 1_200_000, maxFramerate: 8, priority: "high" }]);
    expect(scales("camera", { width: 320, height: 240 }, 8, "video/VP8")).toEqual([undefined]);
    expect(scales("camera", {}, 8, "video/VP8")).toEqual([undefined]);
  });

  it("have two temporal layers where the server can tell them apart", () => {
    const modes = (codec: string) => encodingsOf("camera", USUAL, 4, codec).map((one) => one.scalabilityMode);
    expect([modes("video/VP8"), modes("video/H264")]).toEqual([["L1T2", "L1T2"], ["L1T1", "L1T1"]]);
  });

  it("share a thin line by what has to be read, said by the first encoding alone, which is what Chromium takes", () => {
    const said = (name: "camera" | "document_camera" | "desktop") => encodingsOf(name, HD, 4, "video/VP8").map((one) => one.priority);
    expect(said("desktop")).toEqual(["high"]);
    expect(said("document_camera")).toEqual(["medium", undefined]);
    expect(said("camera")).toEqual(["low", undefined, undefined]);
  });
});
