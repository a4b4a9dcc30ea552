"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const body = document.getElementById("all"), rows = [...body.rows], place = new Map(rows.map((row, number) => [row, number]));
const text = document.getElementById("text"), word = document.getElementById("word"), told = document.getElementById("told");
document.documentElement.classList.add("live");

const make = (name, content, attributes = {}) => {
  const element = document.createElement(name);
  if (content !== undefined) element.textContent = content;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const hours = (Date.now() - data.now) / 3600000;
if (hours > 36) document.querySelector("header").append(make("p", `This page is ${hours < 48 ? "a day" : `${Math.floor(hours / 24)} days`} old. bin/orgtrail status --html makes a new one.`, { class: "o" }));
const days = bits => [...Array(30).keys()].filter(age => Math.floor(bits / 2 ** age) % 2).map(age => 29 - age);
const sparkline = bits => {
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 30 1"); svg.setAttribute("preserveAspectRatio", "none"); svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `something arrived on ${days(bits).length} of the last 30 days`);
  path.setAttribute("d", days(bits).map(day => `M${day} .5h1`).join("")); svg.append(path);
  return svg;
};

const details = number => {
  const row = make("tr", undefined, { class: "more" }), cell = make("td", undefined, { colspan: 4 + data.regions.length });
  data.accounts[number].forEach((one, region) => {
    if (!one) return;
    const [verdict, why, newest, bits] = one, list = make("dl");
    const add = (name, value) => { const dd = make("dd"); dd.append(value); list.append(make("dt", name), dd); };
    add(data.regions[region], make("span", data.words[verdict], { class: data.classes[verdict] }));
    add("why", data.texts[why].replaceAll("\ue000", rows[number].cells[1].textContent).replaceAll("\ue001", data.regions[region]));
    add("newest", newest ? `${new Date(newest * 60000).toISOString().slice(0, 16).replace("T", " ")} UTC` : "nothing known");
    add("last 30 days", sparkline(bits));
    cell.append(list);
  });
  row.append(cell);
  return row;
};
body.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  const row = button.closest("tr"), open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) row.nextElementSibling.remove(); else row.after(details(place.get(row)));
});
body.addEventListener("keydown", event => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!step || event.target.tagName !== "BUTTON") return;
  event.preventDefault();
  for (let row = event.target.closest("tr")[step]; row; row = row[step])
    if (!row.hidden && row.cells[0].querySelector("button")) return row.cells[0].querySelector("button").focus();
});

const folded = () => {
  for (const row of body.querySelectorAll("tr.more")) row.remove();
  for (const button of body.querySelectorAll("button[aria-expanded=true]")) button.setAttribute("aria-expanded", "false");
};
const filter = () => {
  folded();
  const wanted = text.value.trim().toLowerCase(), verdict = word.value === "" ? -1 : Number(word.value);
  let shown = 0;
  for (const row of rows) {
    const cells = data.accounts[place.get(row)];
    const fits = one => one && (verdict < 0 || (verdict === 99 ? one[4] : one[0] === verdict));
    const named = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase().includes(wanted);
    const found = cells.some((one, region) => fits(one) && (named || data.regions[region].includes(wanted)));
    row.hidden = !found;
    shown += found;
  }
  told.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} accounts`;
};
text.addEventListener("input", filter);
word.addEventListener("change", filter);
document.querySelector("form").addEventListener("submit", event => event.preventDefault());

const values = {
  account: row => row.cells[0].textContent,
  id: row => row.cells[1].textContent,
  verdict: row => place.get(row),
  days: row => Number(row.cells[2].dataset.days),
};
document.getElementById("heads").addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  folded();
  const head = button.closest("th"), down = head.getAttribute("aria-sort") === "ascending", value = values[button.dataset.by];
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = rows.map(row => [value(row), row]);
  keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
  body.append(...keyed.map(([, row]) => row));
});
filter();
