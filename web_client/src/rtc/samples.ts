/** Cameras for a laptop without any: a drawn person, and a document camera with a sample invoice. */
import { serverDate } from "@/protocol/clock";
import { drawInvoice, drawPerson } from "@/rtc/sampleDrawings";
import { startTicker } from "@/rtc/ticker";

/** A track made by the page itself, what releases it, and a full-size still of it when it is a picture. */
export interface SampleSource {
  track: MediaStreamTrack;
  stop(): void;
  still?(): Promise<{ bytes: Blob; width: number; height: number }>;
}

/** Paints one frame. */
export type Draw = (pen: CanvasRenderingContext2D, width: number, height: number, now: Date) => void;

const SAMPLE_CAMERA = { width: 640, height: 360, fps: 15 };
const SAMPLE_DOCUMENT = { width: 1280, height: 720, fps: 5 };
/** Size of a still of the sample invoice, in pixels: what a good document camera gives. */
const SAMPLE_STILL = { width: 2560, height: 1440 };

/** `title` and the invoice's words come from the catalogue. */
export function sampleCamera(title: string): SampleSource {
  return drawnTrack((pen, width, height, now) => drawPerson(pen, width, height, now, title), SAMPLE_CAMERA);
}

export function sampleDocument(words: readonly string[]): SampleSource {
  const draw: Draw = (pen, width, height, now) => drawInvoice(pen, width, height, now, words);
  const source = drawnTrack(draw, SAMPLE_DOCUMENT);
  source.track.contentHint = "detail";
  return { ...source, still: () => stillOf(draw) };
}

async function stillOf(draw: Draw) {
  const { width, height } = SAMPLE_STILL;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  draw(canvas.getContext("2d")!, width, height, serverDate());
  return { bytes: await jpeg(canvas), width, height };
}

/** A canvas as JPEG bytes; throws when the browser cannot encode it. */
export function jpeg(canvas: HTMLCanvasElement, quality = 0.92): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", quality);
  });
}

/** Chromium's generator keeps delivering in hidden pages, where a canvas' own stream stops. */
interface FrameGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<unknown>;
}
type GeneratorClass = new (init: { kind: "video" }) => FrameGenerator;
type FrameClass = new (source: HTMLCanvasElement, init: { timestamp: number }) => { close(): void };

/** A track of what `draw` paints, at a steady rate in hidden pages too. */
export function drawnTrack(draw: Draw, size: { width: number; height: number; fps: number }): SampleSource {
  const canvas = Object.assign(document.createElement("canvas"), { width: size.width, height: size.height });
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const { track, deliver } = canvasTrack(canvas, size.fps);
  const paint = () => {
    draw(pen, size.width, size.height, serverDate());
    deliver();
  };
  paint();
  const stopTicker = startTicker(1000 / size.fps, paint);
  const stop = () => {
    stopTicker();
    track.stop();
  };
  return { track, stop };
}

/** A track of a canvas: each `deliver` sends what is painted on it, in hidden pages too where the browser can. */
export function canvasTrack(canvas: HTMLCanvasElement, fps: number): { track: MediaStreamTrack; deliver: () => void } {
  const browser = window as unknown as { MediaStreamTrackGenerator?: GeneratorClass; VideoFrame?: FrameClass };
  const { MediaStreamTrackGenerator: Generator, VideoFrame: Frame } = browser;
  if (!Generator || !Frame) {
    return { track: canvas.captureStream(fps).getVideoTracks()[0]!, deliver: () => undefined };
  }
  const track = new Generator({ kind: "video" });
  const writer = track.writable.getWriter();
  const deliver = () => {
    if (track.readyState === "ended" || (writer.desiredSize ?? 1) <= 0) return;
    const frame = new Frame(canvas, { timestamp: Math.round(performance.now() * 1000) });
    writer.write(frame).catch(() => frame.close());
  };
  return { track, deliver };
}
