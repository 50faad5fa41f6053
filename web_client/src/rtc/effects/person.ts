/** Where a person is in a picture: MediaPipe's selfie segmentation, served by our own server, loaded once a page. */
import programUrl from "@mediapipe/selfie_segmentation/selfie_segmentation.js?url";
import graph from "@mediapipe/selfie_segmentation/selfie_segmentation.binarypb?url";
import general from "@mediapipe/selfie_segmentation/selfie_segmentation.tflite?url";
import landscape from "@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url";
import simdLoader from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.js?url";
import simdProgram from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.wasm?url";
import plainLoader from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_wasm_bin.js?url";
import plainProgram from "@mediapipe/selfie_segmentation/selfie_segmentation_solution_wasm_bin.wasm?url";
import type { SelfieSegmentation } from "@mediapipe/selfie_segmentation";

/** The files it asks for, as our build names them. */
const FILES: Readonly<Record<string, string>> = {
  "selfie_segmentation.binarypb": graph,
  "selfie_segmentation.tflite": general,
  "selfie_segmentation_landscape.tflite": landscape,
  "selfie_segmentation_solution_simd_wasm_bin.js": simdLoader,
  "selfie_segmentation_solution_simd_wasm_bin.wasm": simdProgram,
  "selfie_segmentation_solution_wasm_bin.js": plainLoader,
  "selfie_segmentation_solution_wasm_bin.wasm": plainProgram,
};
/** The size its landscape model looks at, in px. */
export const SEEN = { width: 256, height: 144 };
const LANDSCAPE = 1;
/** How long it may take to come, in ms: one of its files that is missing would keep it waiting for ever. */
const PATIENCE_MS = 60_000;

/** A picture that is opaque where the person is. */
export type Mask = ImageBitmap;
export type FindPerson = (picture: HTMLCanvasElement) => Promise<Mask>;

let loading: Promise<FindPerson> | null = null;

/** What finds the person; one that could not be loaded, or failed, is loaded anew the next time. */
export function personFinder(): Promise<FindPerson> {
  loading ??= inTime(load()).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("not in time")), PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function load(): Promise<FindPerson> {
  await program();
  const Segmentation = (window as unknown as { SelfieSegmentation: typeof SelfieSegmentation }).SelfieSegmentation;
  const model = new Segmentation({ locateFile: (file) => FILES[file] ?? file });
  await model.initialize();
  model.setOptions({ modelSelection: LANDSCAPE });
  let mask: Mask | null = null;
  model.onResults((results) => void (mask = results.segmentationMask as ImageBitmap));
  return async (picture) => {
    try {
      await model.send({ image: picture });
      if (!mask) throw new Error("no mask");
      return mask;
    } catch (error) {
      loading = null;
      void model.close().catch(() => undefined);
      throw error;
    }
  };
}

/** It is no module: it puts its class on the window. */
function program(): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: programUrl });
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("not loaded"));
    document.head.append(script);
  });
}
