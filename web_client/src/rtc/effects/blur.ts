/** The camera's picture with everything but the person blurred; loaded when it is switched on first. */
import { FramePace } from "@/rtc/effects/pace";
import { personFinder, SEEN, type FindPerson, type Mask } from "@/rtc/effects/person";
import { StageError, type Stage, type Terms } from "@/rtc/effects/stage";
import { canvasTrack } from "@/rtc/samples";
import { startTicker } from "@/rtc/ticker";

const FPS = 15;
/** The background is made so much smaller and larger again: paper on a desk cannot be read any more. */
const COARSENESS = 16;
/** Without a frame for so long it is dead, in ms. */
const DEAD_AFTER_MS = 10_000;

export async function openBlur(device: MediaStreamTrack, terms: Terms): Promise<Stage> {
  const find = await personFinder();
  terms.signal.throwIfAborted();
  const video = Object.assign(document.createElement("video"), { muted: true });
  video.srcObject = new MediaStream([device]);
  terms.signal.addEventListener("abort", () => (video.srcObject = null));
  await video.play();
  const painter = new Painter(video, find);
  if (terms.measure) await measure(painter, terms.signal);
  terms.signal.throwIfAborted();
  return run(painter, terms);
}

/** Paint without sending anything until it is known whether this PC is fast enough. */
async function measure(painter: Painter, signal: AbortSignal): Promise<void> {
  const pace = FramePace.before();
  for (;;) {
    const took = await painter.paint();
    const verdict = took === null ? null : pace.add(took);
    if (verdict === "slow") throw new StageError("slow");
    if (verdict === "fast") return;
    await new Promise((resolve) => setTimeout(resolve, 1000 / FPS));
    signal.throwIfAborted();
  }
}

function run(painter: Painter, terms: Terms): Stage {
  const { track, deliver } = canvasTrack(painter.canvas, FPS);
  const pace = FramePace.running();
  let busy = false;
  let begun = performance.now();
  /** Whoever wants it on a slow PC must still be able to use the page: it rests as long as a late frame took. */
  let restsUntil = 0;
  const beat = async () => {
    if (busy) return void (performance.now() - begun > DEAD_AFTER_MS && terms.over("failed"));
    if (performance.now() < restsUntil) return;
    busy = true;
    begun = performance.now();
    try {
      const took = await painter.paint();
      if (took !== null) deliver();
      if (took !== null && took > 1000 / FPS) restsUntil = performance.now() + took;
      if (took !== null && pace.add(took) === "slow" && !terms.anyway) terms.over("slow");
    } catch {
      terms.over("failed");
    }
    busy = false;
  };
  const stopTicker = startTicker(1000 / FPS, () => void beat());
  const stop = () => {
    stopTicker();
    track.stop();
  };
  return { track, stop };
}

/** Paints what the camera shows now. The canvases stay in memory: what is copied back is counted in what a frame takes. */
class Painter {
  readonly canvas = document.createElement("canvas");
  private readonly pen = this.canvas.getContext("2d", { willReadFrequently: true })!;
  private readonly seen = Object.assign(document.createElement("canvas"), SEEN);
  private readonly looking = this.seen.getContext("2d", { willReadFrequently: true })!;
  private readonly coarse = document.createElement("canvas");
  private readonly coarsePen = this.coarse.getContext("2d", { willReadFrequently: true })!;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly find: FindPerson,
  ) {}

  /** Paint one frame; returns what it took, in ms, null when the camera has not shown anything yet. */
  async paint(): Promise<number | null> {
    const began = performance.now();
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width === 0) return null;
    this.looking.drawImage(this.video, 0, 0, SEEN.width, SEEN.height);
    this.compose(await this.find(this.seen), width, height);
    return performance.now() - began;
  }

  private compose(mask: Mask, width: number, height: number): void {
    const { canvas, pen, coarse, coarsePen, video } = this;
    fit(canvas, width, height);
    fit(coarse, Math.ceil(width / COARSENESS), Math.ceil(height / COARSENESS));
    coarsePen.imageSmoothingQuality = pen.imageSmoothingQuality = "high";
    coarsePen.drawImage(video, 0, 0, coarse.width, coarse.height);
    pen.globalCompositeOperation = "copy";
    pen.drawImage(mask, 0, 0, width, height);
    pen.globalCompositeOperation = "source-in";
    pen.drawImage(video, 0, 0, width, height);
    pen.globalCompositeOperation = "destination-over";
    pen.drawImage(coarse, 0, 0, width, height);
  }
}

function fit(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}
