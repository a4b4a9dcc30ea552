// Opens pages in headless Chromium, does with each what a person does, and prints what is seen, as JSON.
// node open_page.mjs FILE…
import chromium from "@sparticuz/chromium";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = await chromium.executablePath();
const browser = await puppeteer.launch({ args: chromium.args, executablePath, headless: "shell" });

/** A page of the file, with all that it complains of and asks for. */
async function opened(file, { scheme = "light", javascript = true } = {}) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", message => complaints.push(message.text()));
  page.on("pageerror", error => complaints.push(String(error)));
  page.on("request", request => request.url() === pathToFileURL(file).href || complaints.push(request.url()));
  await page.setViewport({ width: 1280, height: 900 });
  await page.setJavaScriptEnabled(javascript);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
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
  await page.keyboard.press("Enter");
  return { second, details, expanded, after: (await page.$$("#all tr.more")).length };
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
  await page.click("button[data-by=account]");
  result.ascending = await shown(page);
  await page.click("button[data-by=account]");
  result.descending = await shown(page);
  result.sorted = await page.$$eval("#heads th", heads => heads.map(head => head.getAttribute("aria-sort")));
  result.hacked = await page.evaluate(() => window.hacked ?? null);
  await page.close();
  const dark = await opened(file, { scheme: "dark" });
  result.dark = await violations(dark.page);
  await dark.page.close();
  const plain = await opened(file, { javascript: false });
  result.plain = await plain.page.$eval("body", body => body.innerText);
  await plain.page.close();
  return result;
}

async function large(file) {
  const { page, complaints } = await opened(file);
  const rows = (await shown(page)).length;
  await page.type("#text", "team-4999");
  return { complaints, rows, filtered: await shown(page) };
}

const [small, big] = process.argv.slice(2);
console.log(JSON.stringify({ small: await seen(small), large: await large(big) }));
await browser.close();
