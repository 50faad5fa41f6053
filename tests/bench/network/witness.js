/**
 * What arrives at a page, told by the browser: when each picture was decoded and how old it was, what of the sound had
 * to be concealed, what is sent.
 *
 * A shared desktop carries the clock that it was drawn at: 24 bits of hundredths of a second and a check of 8 bits, as
 * 32 black and white cells along its upper edge.
 */
const CELLS = 32;
const BAND = 40;
const DESKTOP = { width: 1280, height: 720, framesPerSecond: 8 };

const ticks = (ms) => Math.floor(ms / 10) % 2 ** 24;
const check = (value) => (value ^ (value >> 8) ^ (value >> 16) ^ 0x5a) & 0xff;

/** What no encoder foresees, so that it takes whatever rate it is given. */
const drawConfetti = (picture) => {
  for (let piece = 0; piece < 600; piece += 1) {
    picture.fillStyle = `hsl(${Math.random() * 360} 90% 50%)`;
    picture.fillRect(Math.random() * DESKTOP.width, BAND + Math.random() * (DESKTOP.height - BAND), 20, 20);
  }
};

/** A form that somebody reads: black on white, scrolled by the wheel for a second in four; with `__busy` confetti too. */
const drawDesktop = () => {
  const { width, height, framesPerSecond } = DESKTOP;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const picture = canvas.getContext("2d");
  picture.font = "18px sans-serif";
  let scrolled = 0;
  let drawn = 0;
  const draw = () => {
    picture.fillStyle = "white";
    picture.fillRect(0, 0, width, height);
    picture.fillStyle = "black";
    for (let line = 0; line < 27; line += 1) {
      const number = Math.floor(scrolled / 28) + line;
      const words = Array.from({ length: 8 }, (_, word) => (number * 7919 + word * 104729).toString(36));
      picture.fillText(words.join(" "), 160, line * 28 - (scrolled % 28));
    }
    drawn += 1;
    if (window.__busy) drawConfetti(picture);
    else if (drawn % (4 * framesPerSecond) < framesPerSecond && drawn % 4 === 0) scrolled += 84;
    const now = ticks(Date.now());
    const bits = now * 256 + check(now);
    for (let cell = 0; cell < CELLS; cell += 1) {
      picture.fillStyle = Math.floor(bits / 2 ** cell) % 2 ? "white" : "black";
      picture.fillRect((cell * width) / CELLS, 0, width / CELLS, BAND);
    }
  };
  draw();
  setInterval(draw, 1000 / framesPerSecond);
  return canvas.captureStream(framesPerSecond);
};
navigator.mediaDevices.getDisplayMedia = async () => drawDesktop();
window.__drawDesktop = drawDesktop;

/** How old a picture is in ms, by the clock in it; null where there is none. */
const ageOf = async (frame, now) => {
  if (!/^(I420|NV12)/.test(frame.format ?? "")) return null;
  const { width, height } = frame.visibleRect;
  const row = Math.floor((height * BAND) / DESKTOP.height / 4) * 2;
  const rect = { x: 0, y: row, width: width - (width % 2), height: 2 };
  const bytes = new Uint8Array(frame.allocationSize({ rect }));
  await frame.copyTo(bytes, { rect });
  let bits = 0;
  for (let cell = 0; cell < CELLS; cell += 1)
    if (bytes[Math.floor(((cell + 0.5) * width) / CELLS)] > 127) bits += 2 ** cell;
  const clock = Math.floor(bits / 256);
  if (check(clock) !== bits % 256) return null;
  return ((ticks(now) - clock + 2 ** 24) % 2 ** 24) * 10;
};

const seen = { pictures: [], sounds: [], sent: [], states: [] };
window.__seen = seen;

const watchPictures = async (track, number) => {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const now = Date.now();
    const age = await ageOf(frame, now).catch(() => null);
    seen.pictures.push([now, number, frame.displayHeight, age]);
    frame.close();
  }
};

const watchSound = (receiver, number) => {
  const watching = setInterval(async () => {
    if (receiver.track.readyState === "ended") return clearInterval(watching);
    for (const row of (await receiver.getStats()).values()) {
      if (row.type !== "inbound-rtp") continue;
      const { totalSamplesReceived: all = 0, concealedSamples = 0, silentConcealedSamples: silent = 0 } = row;
      seen.sounds.push([Date.now(), number, all, concealedSamples, silent, row.packetsReceived]);
    }
  }, 100);
};

let count = 0;
let connections = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.addEventListener("track", ({ track, receiver }) => {
      count += 1;
      if (track.kind === "video") void watchPictures(track, count);
      else watchSound(receiver, count);
    });
    const number = (connections += 1);
    this.addEventListener("connectionstatechange", () => seen.states.push([Date.now(), number, this.connectionState]));
    const sending = setInterval(async () => {
      if (this.connectionState === "closed") return clearInterval(sending);
      const rows = [...(await this.getStats()).values()];
      const out = rows.filter(({ type, kind }) => type === "outbound-rtp" && kind === "video");
      const pair = rows.find(({ type, nominated }) => type === "candidate-pair" && nominated);
      const available = pair?.availableOutgoingBitrate ?? null;
      if (out.length > 0)
        seen.sent.push([Date.now(), available, out.map((row) => ({
          height: row.frameHeight ?? 0, sent: row.bytesSent ?? 0, again: row.retransmittedBytesSent ?? 0,
          frames: row.framesEncoded ?? 0, keys: row.keyFramesEncoded ?? 0, asked: row.pliCount ?? 0,
          limit: row.qualityLimitationReason ?? "",
        }))]);
    }, 500);
  }
};
