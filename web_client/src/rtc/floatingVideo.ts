/** The small window for browsers without page windows (Chromium 100–115): one drawn picture in a video on top. */
import type { StrokeView } from "@/protocol/generated";
import { drawnTrack, type SampleSource } from "@/rtc/samples";

/** What is drawn: two playing videos and the strokes over the desktop, asked for at each frame. */
export interface FloatingScene {
  desktop(): HTMLVideoElement | null;
  person(): HTMLVideoElement | null;
  strokes(): readonly StrokeView[];
}

const SIZE = { width: 640, height: 480, fps: 8 };

/** Whether a video may stay on top; every Chromium can, Firefox offers it only to the person's own click. */
export function floatingVideoSupported(): boolean {
  return document.pictureInPictureEnabled === true;
}

/** Put the scene on top. Call inside a click; `closed` runs when the person closes the window. Returns how to close it. */
export async function openFloatingVideo(scene: FloatingScene, closed: () => void): Promise<() => void> {
  const source: SampleSource = drawnTrack((pen, width, height) => paint(pen, width, height, scene), SIZE);
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([source.track]);
  const stop = () => {
    source.stop();
    video.srcObject = null;
  };
  video.addEventListener("leavepictureinpicture", () => {
    stop();
    closed();
  });
  try {
    await video.play();
    await video.requestPictureInPicture();
  } catch (error) {
    stop();
    throw error;
  }
  return () => {
    stop();
    if (document.pictureInPictureElement === video) void document.exitPictureInPicture();
  };
}

function paint(pen: CanvasRenderingContext2D, width: number, height: number, scene: FloatingScene): void {
  pen.fillStyle = "#10151d";
  pen.fillRect(0, 0, width, height);
  const desktop = scene.desktop();
  if (desktop && desktop.videoWidth > 0) {
    const area = contain(desktop, { x: 0, y: 0, width, height });
    pen.drawImage(desktop, area.x, area.y, area.width, area.height);
    scene.strokes().forEach((stroke) => trace(pen, stroke, area));
  }
  const person = scene.person();
  if (person && person.videoWidth > 0) {
    const corner = { x: width * 0.68, y: height * 0.68, width: width * 0.3, height: height * 0.3 };
    const area = contain(person, corner);
    pen.drawImage(person, area.x, area.y, area.width, area.height);
  }
}

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

function contain(video: HTMLVideoElement, box: Area): Area {
  const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}

function trace(pen: CanvasRenderingContext2D, stroke: StrokeView, area: Area): void {
  pen.beginPath();
  stroke.points.forEach(([x, y]) => pen.lineTo(area.x + x * area.width, area.y + y * area.height));
  pen.strokeStyle = stroke.color;
  pen.lineWidth = Math.max(2, stroke.width * area.width);
  pen.lineCap = pen.lineJoin = "round";
  pen.stroke();
}
