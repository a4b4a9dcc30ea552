// Opens pages in headless Chromium, and prints how many milliseconds each took until its first frame was there, as JSON.
// node open_pages.mjs '[{"file": …, "scheme": "light" or "dark", "width": …, "height": …, "now": milliseconds, "picture": FILE or null}, …]'
import chromium from "@sparticuz/chromium";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({ args: chromium.args, executablePath: await chromium.executablePath(), headless: "shell" });
const took = [];
for (const { file, scheme, width, height, now, picture } of JSON.parse(process.argv[2])) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.evaluateOnNewDocument(now => { Date.now = () => now; }, now);
  await page.goto(pathToFileURL(file).href);
  // A frame is asked for once all is loaded and the page's script has run; its time counts from when it was opened.
  took.push(await page.evaluate(() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))));
  if (picture) await page.screenshot({ path: picture });
  await page.close();
}
console.log(JSON.stringify(took));
await browser.close();
