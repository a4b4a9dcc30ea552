// Opens pages in headless Chromium, does with each what a person does, and prints what is seen, as JSON.
// node open_page.mjs SMALL LARGE MILLISECONDS: two files, and the time of which they tell.
import chromium from "@sparticuz/chromium";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [small, big] = process.argv.slice(2), made = Number(process.argv[4]);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = await chromium.executablePath();
const browser = await puppeteer.launch({ args: chromium.args, executablePath, headless: "shell" });

/** A page of the file, with all that it complains of and asks for. */
async function opened(file, { scheme = "light", javascript = true, now = made } = {}) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", message => complaints.push(message.text()));
  page.on("pageerror", error => complaints.push(String(error)));
  page.on("request", request => request.url() === pathToFileURL(file).href || complaints.push(request.url()));
  await page.setViewport({ width: 1280, height: 900 });
  await page.setJavaScriptEnabled(javascript);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.evaluateOnNewDocument(now => { Date.now = () => now; }, now);
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

const shown = page => page.$$eval("#all tr:not(.more)", rows => rows.filter(row => !row.hidden).map(row => row.cells[0].innerText));
const told = page => page.$eval("#told", element => element.innerText);

async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => (await axe.run()).violations.map(one => `${one.id}: ${one.nodes[0].html}`));
}

async function withKeys(page) {
  await page.focus("#all button");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const second = await page.evaluate(() => document.activeElement.innerText);
  const details = await page.$$eval("#all tr.more", rows => rows.map(row => row.innerText));
  const expanded = await page.evaluate(() => document.activeElement.getAttribute("aria-expanded"));
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  await page.keyboard.press("Enter");
  const after = (await page.$$("#all tr.more")).length;
  await page.keyboard.press("ArrowUp");
  const first = await page.evaluate(() => document.activeElement.innerText);
  return { first, second, details, expanded, ring, after };
}

/** By each of its heads, up and down: what the head says of it, and whether the accounts are in that order. */
async function orders(page) {
  const found = {};
  for (const by of ["account", "id", "days", "verdict"])
    for (const _press of ["up", "down"]) {
      await page.click(`button[data-by=${by}]`);
      const sorted = await page.$$eval("#heads th[aria-sort]", heads => heads.map(head => `${head.innerText.trim()} ${head.getAttribute("aria-sort")}`));
      found[sorted.join()] = await shown(page);
    }
  return found;
}

/** How a page looks in a narrow window, on paper, and in forced colors. */
async function elsewhere(file) {
  const { page } = await opened(file);
  await page.setViewport({ width: 360, height: 640 });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.emulateMediaType("print");
  const cut = await page.$$eval(".wide", boxes => boxes.filter(box => box.clientHeight < box.scrollHeight).length);
  const form = await page.$eval("form", element => getComputedStyle(element).display);
  await page.close();
  return { wider, cut, form };
}

async function seen(file) {
  const { page, complaints } = await opened(file);
  const result = { complaints, rows: (await shown(page)).length, light: await violations(page) };
  result.keys = await withKeys(page);
  await page.click("#all button");
  result.openedDetails = await violations(page);
  await page.type("#text", "team-0001");
  result.filtered = { rows: await shown(page), told: await told(page), details: (await page.$$("#all tr.more")).length };
  await page.$eval("#text", element => { element.value = ""; });
  await page.select("#word", "99");
  result.inTrouble = (await shown(page)).length;
  await page.select("#word", "");
  await page.type("#text", "eu-central");
  result.inARegion = (await shown(page)).length;
  await page.$eval("#text", element => { element.value = ""; });
  await page.type("#text", "x");
  await page.keyboard.press("Backspace");
  result.orders = await orders(page);
  result.hacked = await page.evaluate(() => window.hacked ?? null);
  await page.close();
  const dark = await opened(file, { scheme: "dark" });
  result.dark = await violations(dark.page);
  result.fresh = await dark.page.$eval("header", header => header.innerText);
  await dark.page.close();
  const old = await opened(file, { now: made + 4.5 * 86_400_000 });
  result.old = await old.page.$eval("header", header => header.innerText);
  await old.page.close();
  const plain = await opened(file, { javascript: false });
  result.plain = await plain.page.$eval("body", body => body.innerText);
  await plain.page.close();
  return result;
}

async function large(file) {
  const { page, complaints } = await opened(file);
  const rows = (await shown(page)).length;
  const screens = await page.evaluate(() => document.documentElement.scrollHeight / innerHeight);
  await page.$eval("#all", all => { all.closest(".wide").scrollTop = 50_000; });
  const headsInSight = await page.$eval("#heads th", head => head.getBoundingClientRect().top - head.closest(".wide").getBoundingClientRect().top);
  await page.type("#text", "team-4999");
  return { complaints, rows, screens, headsInSight, filtered: await shown(page) };
}

console.log(JSON.stringify({ small: await seen(small), large: await large(big), elsewhere: await elsewhere(small) }));
await browser.close();
