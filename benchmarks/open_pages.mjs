// Opens pages in headless Chromium, and prints how many milliseconds each took until its first frame was there: by the
// clock, and of the processor, for the page's own thread. As JSON.
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
  const devtools = await page.createCDPSession();
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.goto(pathToFileURL(file).href);
  // A frame is asked for once all is loaded and the page's script has run; its time counts from when it was opened.
  const clock = await page.evaluate(() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now())))));
  const { metrics } = await devtools.send("Performance.getMetrics");
  took.push([clock, 1000 * metrics.find(({ name }) => name === "TaskDuration").value]);
  if (picture) await page.screenshot({ path: picture });
  await page.close();
}
console.log(JSON.stringify(took));
await browser.close();
