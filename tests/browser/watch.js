// Test-only: note when each replayed lane flashed and when it became loud, on the page's own clock.
(() => {
  const seen = (window.__seen = []);
  const LOUD = 0.05;
  const FADE_MS = 1000;
  const DARK = 30;
  const READABLE = [70, 225];

  function watchPicture(video, lane) {
    const canvas = new OffscreenCanvas(4, 4);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    let dark = false;
    const look = (_, frame) => {
      pen.drawImage(video, 0, 0, 4, 4);
      const level = pen.getImageData(1, 2, 1, 1).data[0];
      if (dark && level > READABLE[0] && level < READABLE[1]) {
        seen.push({ lane, kind: "flash", at: frame.expectedDisplayTime - (1 - level / 255) * FADE_MS });
        dark = false;
      }
      dark ||= level < DARK;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }

  function watchSound(video, lane, context) {
    const analyser = new AnalyserNode(context, { fftSize: 256 });
    new MediaElementAudioSourceNode(context, { mediaElement: video }).connect(analyser).connect(context.destination);
    const samples = new Float32Array(analyser.fftSize);
    let loud = false;
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const now = samples.some((value) => Math.abs(value) > LOUD);
      if (now && !loud) seen.push({ lane, kind: "beep", at: performance.now() });
      loud = now;
    }, 4);
  }

  const context = new AudioContext({ latencyHint: 0 });
  for (const tile of document.querySelectorAll('[data-testid^="replay-tile-"]'))
    for (const video of tile.querySelectorAll("video")) { // two, which take turns
      watchPicture(video, tile.dataset.testid);
      watchSound(video, tile.dataset.testid, context);
    }
})();
