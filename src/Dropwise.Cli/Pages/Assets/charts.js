"use strict";
// What all plots share: colours of the page, sizes that follow it, splits of logarithmic axes, and the note beside the pointer.
const report = JSON.parse(document.getElementById("figures").textContent);
const charts = [];
const tone = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const byId = id => document.getElementById(id);

function make(tag, text, attributes) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  return element;
}

// Numbers as people read them: three digits that count, and no more zeros than needed.
function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size < 1e-4) return value.toExponential(1).replace("e-", "·10⁻").replace(/⁻(\d+)$/, (_, digits) => "⁻" + [...digits].map(digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join(""));
  return String(Number(value.toPrecision(3)));
}

function megabytes(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(bytes >= 1e8 ? 0 : 1)} MB`;
}

// 1, 2 and 5 times powers of ten where there is room for them, otherwise the powers alone.
function logarithmicSplits(low, high) {
  const splits = [];
  const steps = Math.log10(high / low) > 3.2 ? [1] : Math.log10(high / low) > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const step of steps) {
      const value = step * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) splits.push(value);
    }
  return splits;
}

function axis(label, options) {
  return {
    label, labelSize: 22, size: 56, stroke: tone("quiet"), font: "12px system-ui", labelFont: "12px system-ui", gap: 6,
    grid: { stroke: tone("grid"), width: 1 }, ticks: { stroke: tone("line"), width: 1, size: 5 }, ...options,
  };
}

const logarithmic = low => ({ distr: 3, range: (_, min, max) => [Math.max(min / 1.25, low ?? 0), max * 1.25] });
const logarithmicAxis = label => axis(label, { splits: (_, __, low, high) => logarithmicSplits(low, high), values: (_, splits) => splits.map(short), filter: (_, splits) => splits });

// A plot that is drawn anew when the page changes its width or its colours. `describe` gives uPlot's options and data; it reads colours itself.
function plot(id, ratio, describe) {
  const host = byId(id);
  host.style.minHeight = "220px";
  let drawn = null;
  const draw = () => {
    const width = host.clientWidth;
    if (width === 0) return;
    drawn?.destroy();
    host.replaceChildren();
    const { options, data, legend } = describe();
    if (legend) host.append(legendOf(legend));
    const height = Math.round(Math.max(230, Math.min(width * ratio, 420)));
    drawn = new uPlot({ width, height, legend: { show: false }, padding: [12, 14, 0, 0], cursor: { drag: { x: false, y: false }, points: { show: false } }, ...options }, data, host);
  };
  let last = 0;
  new ResizeObserver(() => {
    if (host.clientWidth !== last) {
      last = host.clientWidth;
      draw();
    }
  }).observe(host);
  charts.push(draw);
  return draw;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(draw => draw()));

function legendOf(entries) {
  const list = make("ul", null, { class: "legend" });
  for (const [name, colour, isLine] of entries) {
    const entry = make("li");
    const mark = make("i", null, isLine ? { class: "line" } : {});
    mark.style.setProperty("--tone", colour);
    entry.append(mark, name);
    list.append(entry);
  }
  return list;
}

// The note beside the pointer: of the nearest point that `points` lists in a plot's own units, unless all are far away.
function tips(points, reach = 28) {
  const tip = byId("tip");
  return {
    hooks: {
      setCursor: [chart => {
        const { left, top } = chart.cursor;
        let best = null, distance = reach;
        if (left >= 0) for (const point of points) {
          const away = Math.hypot(chart.valToPos(point.x, "x") - left, point.y === undefined ? 0 : chart.valToPos(point.y, "y") - top);
          if (away < distance) [best, distance] = [point, away];
        }
        tip.hidden = best === null;
        if (best === null) return;
        tip.replaceChildren(make("b", best.title), ...best.lines.map(line => make("div", line)));
        const box = chart.over.getBoundingClientRect();
        const x = box.left + left, y = box.top + top;
        tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
        tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 12 : y + 18}px`;
      }],
    },
  };
}

// Series of points and lines over one ascending axis, as uPlot wants them: [[x…], [y or null…] a series].
function aligned(series) {
  const entries = series.flatMap((points, index) => points.map(([x, y]) => [x, y, index])).sort((a, b) => a[0] - b[0]);
  return [entries.map(entry => entry[0]), ...series.map((_, index) => entries.map(entry => entry[2] === index ? entry[1] : null))];
}

// Buttons of which one is pressed.
function choices(id, names, choose) {
  const host = byId(id);
  names.forEach(([value, name], index) => {
    const button = make("button", name, { type: "button", "aria-pressed": String(index === 0) });
    button.addEventListener("click", () => {
      for (const other of host.children) other.setAttribute("aria-pressed", String(other === button));
      choose(value);
    });
    host.append(button);
  });
}

function fillTable(id, heads, rows) {
  const head = make("thead"), body = make("tbody"), line = make("tr");
  line.append(...heads.map(name => make("th", name)));
  head.append(line);
  for (const cells of rows) {
    const row = make("tr");
    row.append(...cells.map(cell => make("td", cell)));
    body.append(row);
  }
  byId(id).append(head, body);
}

// What a section lacks, and the options that would bring it.
function missing(id, text, options) {
  const note = byId(id);
  note.classList.add("missing");
  note.append(text);
  if (options) note.append(" ", make("code", `dropwise report ${report.file} ${options}`));
}

// Who made the page, and what of it is somebody else's.
function imprint() {
  byId("made").textContent = `Made by dropwise ${report.version}. The page holds all that it shows and loads nothing.`;
  byId("licence").textContent = byId("plot-licence").textContent;
}
