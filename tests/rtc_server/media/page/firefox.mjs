// Drive Firefox over WebDriver BiDi for Python: one JSON message a line, both ways.
//   in:  {"id", "do": "open", "page", "url"} | {"id", "do": "call", "page", "function", "arguments"}
//        {"answer": number, "ok", "value"}          what Python said to a page's signal
//   out: {"id", "ok", "value" | "error"} | {"ask": number, "page", "method", "parameters"}
import readline from 'node:readline';
import puppeteer from 'puppeteer-core';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const pages = new Map();
const asked = new Map();
let questions = 0;

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.argv[2],
  headless: true,
  extraPrefsFirefox: {
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.peerconnection.ice.loopback': process.argv[3] === 'loopback',
    'permissions.default.camera': 1,
    'permissions.default.microphone': 1,
    // Decode H264 by the system's libavcodec: the plug-in a fresh profile would download is not there.
    'gfx.blacklist.webrtc.hw.acceleration.h264': 1,
    'media.webrtc.hw.h264.enabled': true,
    'media.navigator.mediadatadecoder_h264_enabled': true,
    'media.autoplay.default': 0,
    'media.autoplay.blocking_policy': 0,
  },
});

async function open({ page: name, url }) {
  const page = await browser.newPage();
  page.on('console', (message) => console.error(name, message.text()));
  await page.exposeFunction('signal', (method, parameters) => {
    const question = (questions += 1);
    say({ ask: question, page: name, method, parameters });
    return new Promise((resolve, reject) => asked.set(question, { resolve, reject }));
  });
  await page.goto(url);
  pages.set(name, page);
}

const acts = {
  open,
  call: ({ page, function: name, arguments: args }) =>
    pages.get(page).evaluate((name, args) => window.media[name](...args), name, args),
  close: () => browser.close(),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if ('answer' in message) {
    const { resolve, reject } = asked.get(message.answer);
    asked.delete(message.answer);
    if (message.ok) resolve(message.value);
    else reject(new Error(message.value));
  } else {
    acts[message.do](message).then(
      (value) => say({ id: message.id, ok: true, value: value ?? null }),
      (error) => say({ id: message.id, ok: false, error: String(error) }),
    );
  }
}
