/** The colour in the upper left corner of a picture that is being captured. */
import { elapsed } from "@/protocol/clock";

/** Side of a helper's mark in px of the desktop (`web_client/helper/x11/overlay.py`); its middle half is looked at. */
const MARK_SIDE = 96;
/** A captured picture that does not change sends no frame: after this long what is there counts, in ms. */
const FRAME_PATIENCE_MS = 300;
/** What was shown on the desktop is in the picture within this, in ms. */
const PATIENCE_MS = 3_000;

export type Colour = [red: number, green: number, blue: number];

/** The corner of one captured picture. */
export class Corner {
  private readonly video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });

  /** @param width of the monitor in px, to know how far the picture is scaled; the widest that could be it. */
  constructor(
    track: MediaStreamTrack,
    private readonly width: number,
  ) {
    this.video.srcObject = new MediaStream([track]);
  }

  /** Red, green and blue of 0–255, as it is now. */
  async colour(): Promise<Colour> {
    await this.video.play();
    return averageOf(this.video, (MARK_SIDE * this.video.videoWidth) / this.width);
  }

  /** Look at one frame after the other until `known` tells something of its colour; null when none does. */
  async until<T>(known: (colour: Colour) => T | null): Promise<T | null> {
    for (const end = elapsed() + PATIENCE_MS; elapsed() < end; await nextFrame(this.video)) {
      const found = known(await this.colour());
      if (found !== null) return found;
    }
    return null;
  }

  close(): void {
    this.video.srcObject = null;
  }
}

function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FRAME_PATIENCE_MS);
    video.requestVideoFrameCallback?.(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function averageOf(video: HTMLVideoElement, side: number): Colour {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.drawImage(video, side / 4, side / 4, side / 2, side / 2, 0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
