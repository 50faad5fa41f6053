/** Test media that needs no device: a picture that is hard to compress, and silence. */
const WIDTH = 640;
const HEIGHT = 480;
const FRAMES_PER_S = 25;
const BLOCK = 8;

export interface Pattern {
  track: MediaStreamTrack;
  stop(): void;
}

/** Blocks that change colour at random, so that the encoder uses whatever rate the line carries. */
export function noise(): Pattern {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d", { alpha: false });
  const draw = () => {
    for (let y = 0; context && y < HEIGHT; y += BLOCK)
      for (let x = 0; x < WIDTH; x += BLOCK) {
        const grey = Math.floor(Math.random() * 256);
        context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
        context.fillRect(x, y, BLOCK, BLOCK);
      }
  };
  draw();
  const [track] = canvas.captureStream(FRAMES_PER_S).getVideoTracks();
  const timer = setInterval(draw, 1000 / FRAMES_PER_S);
  return {
    track: track!,
    stop() {
      clearInterval(timer);
      track!.stop();
    },
  };
}

/** A sound track that says nothing: what is tried is only whether a connection comes about. */
export function silence(): Pattern {
  const context = new AudioContext();
  const [track] = context.createMediaStreamDestination().stream.getAudioTracks();
  return {
    track: track!,
    stop() {
      track!.stop();
      void context.close();
    },
  };
}
