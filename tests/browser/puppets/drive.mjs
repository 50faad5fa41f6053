// Drive one browser for Python with puppeteer: one JSON message a line, both ways.
//   arguments: puppeteer's launch options as JSON, a script that runs first in every page
//   in:  {"do": one of `acts`, "what"}
//   out: {"ok", "value" | "error"}
import readline from 'node:readline';
import puppeteer from 'puppeteer-core';

const WAIT_MS = 30_000;
const [options, preload] = process.argv.slice(2);

const browser = await puppeteer.launch({
  protocolTimeout: WAIT_MS,
  defaultViewport: { width: 1366, height: 768 },
  ...JSON.parse(options),
});
const page = await browser.newPage();
await page.evaluateOnNewDocument(preload);
const errors = [];
page.on('pageerror', (error) => errors.push(String(error)));

// Puppeteer's own evaluate would lend a Chromium page a user activation; Firefox's lends none.
const chromium = browser.protocol === 'cdp' ? await page.createCDPSession() : null;

async function probe(expression) {
  if (!chromium) return page.evaluate(expression);
  const asked = { expression, returnByValue: true, awaitPromise: true, userGesture: false };
  const { result, exceptionDetails } = await chromium.send('Runtime.evaluate', asked);
  if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}

const find = (testId) => page.waitForSelector(`[data-testid="${testId}"]`, { visible: true, timeout: WAIT_MS });

const acts = {
  open: (url) => page.goto(url, { waitUntil: 'domcontentloaded' }).then(() => null),
  visible: (testId) => find(testId).then(() => null),
  click: async (testId) => (await find(testId)).click(),
  press: (key) => page.keyboard.press(key),
  probe,
  allow_notifications: async (origin) => {
    const browserSession = await browser.target().createCDPSession();
    const permission = { name: 'notifications' };
    await browserSession.send('Browser.setPermission', { origin, permission, setting: 'granted' });
  },
  cover: async () => (await browser.newPage()).bringToFront(),
  uncover: () => page.bringToFront(),
  errors: async () => errors,
  close: () => browser.close(),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { do: act, what } = JSON.parse(line);
  const answer = await acts[act](what).then(
    (value) => ({ ok: true, value: value ?? null }),
    (error) => ({ ok: false, error: String(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
