/** Which video codec to send with: nobody at a counter knows, the browser does. */

export type Codec = "vp8" | "h264";

/** What our largest camera sends. */
const VIDEO = { width: 1280, height: 720, bitrate: 800_000, framerate: 15 };

/** H.264 where the graphics chip encodes it and VP8 costs more; VP8, which every receiver decodes well, otherwise. */
export async function bestCodec(): Promise<Codec> {
  const [h264, vp8] = await Promise.all([isEfficient("video/H264"), isEfficient("video/VP8")]);
  return h264 && !vp8 ? "h264" : "vp8";
}

async function isEfficient(contentType: string): Promise<boolean> {
  const asked = { type: "webrtc" as const, video: { contentType, ...VIDEO } };
  try {
    const found = await navigator.mediaCapabilities.encodingInfo(asked);
    return found.supported && found.smooth && found.powerEfficient;
  } catch {
    return false; // it cannot tell
  }
}
