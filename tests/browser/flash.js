// Test-only devices: every camera flashes and every microphone beeps at the same moments of the wall clock. A flash
// fades evenly, so that any frame of it tells when it began, however few frames a second the camera sends.
(() => {
  const PERIOD_MS = 2000;
  const BEEP_MS = 150;
  const FADE_MS = 1000;
  const WIDTH = 320;
  const HEIGHT = 180;

  function flashing() {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d");
    setInterval(() => {
      const level = Math.round(255 * Math.max(0, 1 - (Date.now() % PERIOD_MS) / FADE_MS));
      pen.fillStyle = `rgb(${level} ${level} ${level})`;
      pen.fillRect(0, 0, WIDTH, HEIGHT);
    }, 20);
    return canvas.captureStream(25).getVideoTracks()[0];
  }

  function beeping() {
    const context = new AudioContext({ latencyHint: 0 });
    const tone = new OscillatorNode(context, { frequency: 880 });
    const gate = new GainNode(context, { gain: 0 });
    const out = new MediaStreamAudioDestinationNode(context);
    tone.connect(gate).connect(out);
    tone.start();
    let planned = 0;
    setInterval(() => {
      const next = Math.ceil((Date.now() + 1) / PERIOD_MS) * PERIOD_MS;
      if (next === planned) return;
      planned = next;
      const at = context.currentTime + (next - Date.now()) / 1000;
      gate.gain.setValueAtTime(0.8, at);
      gate.gain.setValueAtTime(0, at + BEEP_MS / 1000);
    }, 100);
    return out.stream.getAudioTracks()[0];
  }

  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    (await real(wanted)).getTracks().forEach((track) => track.stop());
    const tracks = [];
    if (wanted.video) tracks.push(flashing());
    if (wanted.audio) tracks.push(beeping());
    return new MediaStream(tracks);
  };
})();
