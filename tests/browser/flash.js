// Test-only devices: every camera flashes and every microphone beeps at the same moments of the wall clock.
(() => {
  const PERIOD_MS = 2000;
  const ON_MS = 150;
  const WIDTH = 320;
  const HEIGHT = 180;

  function flashing() {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d");
    setInterval(() => {
      const on = Date.now() % PERIOD_MS < ON_MS;
      pen.fillStyle = on ? "#fff" : "#000";
      pen.fillRect(0, 0, WIDTH, HEIGHT);
      pen.fillStyle = on ? "#eee" : "#111";
      pen.fillRect((performance.now() / 20) % WIDTH, 0, 8, 8);
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
      gate.gain.setValueAtTime(0, at + ON_MS / 1000);
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
