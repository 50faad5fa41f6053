/** The colour in the upper left corner of a picture that is being captured. */

/** Side of a helper's mark in px of the desktop (`web_client/helper/x11/overlay.py`); its middle half is looked at. */
const MARK_SIDE = 96;
/** A captured picture that does not change sends no frame: after this long what is there counts, in ms. */
const FRAME_PATIENCE_MS = 1_500;

/**
 * Look at the corner of the next frames.
 *
 * @param width of the monitor in px, to know how far the picture is scaled; the widest that could be it.
 * @returns red, green and blue of 0–255.
 */
export async function cornerColour(track: MediaStreamTrack, width: number): Promise<[number, number, number]> {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  try {
    await video.play();
    await nextFrame(video);
    return averageOf(video, (MARK_SIDE * video.videoWidth) / width);
  } finally {
    video.srcObject = null;
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

function averageOf(video: HTMLVideoElement, side: number): [number, number, number] {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.drawImage(video, side / 4, side / 4, side / 2, side / 2, 0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
