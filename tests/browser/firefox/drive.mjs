// Drive Firefox over WebDriver BiDi for Python: one JSON message a line, both ways.
//   arguments: path of Firefox, preferences as JSON, a script that runs first in every page
//   in:  {"do": "open" | "click" | "visible" | "press" | "probe" | "errors" | "close", "what"}
//   out: {"ok", "value" | "error"}
import readline from 'node:readline';
import puppeteer from 'puppeteer-core';

const WAIT_MS = 30_000;
const [firefox, preferences, preload] = process.argv.slice(2);

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: firefox,
  headless: true,
  protocolTimeout: WAIT_MS,
  defaultViewport: { width: 1366, height: 768 },
  extraPrefsFirefox: JSON.parse(preferences),
});
const page = await browser.newPage();
await page.evaluateOnNewDocument(preload);
const errors = [];
page.on('pageerror', (error) => errors.push(String(error)));

const find = (testId) => page.waitForSelector(`[data-testid="${testId}"]`, { visible: true, timeout: WAIT_MS });

const acts = {
  open: (url) => page.goto(url, { waitUntil: 'domcontentloaded' }).then(() => null),
  visible: (testId) => find(testId).then(() => null),
  click: async (testId) => (await find(testId)).click(),
  press: (key) => page.keyboard.press(key),
  probe: (expression) => page.evaluate(expression),
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
