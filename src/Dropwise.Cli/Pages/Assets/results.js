"use strict";
// Results of several evaluations: quality against size, a section for each text and one for each set of tasks.
const names = [...new Set(report.results.map(result => result.label))];
const colourOf = name => tone(`kind-${names.indexOf(name) % 8 + 1}`);
const digits = value => value.toFixed(value < 10 ? 4 : value < 100 ? 2 : 0);
const sizes = {
  bits: { name: "bits a weight", axis: "bits a weight of the blocks", of: result => result.bits, text: value => value.toFixed(3) },
  bytes: { name: "bytes", axis: "megabytes of weights", of: result => result.bytes === null ? null : result.bytes / 1e6, text: value => megabytes(value * 1e6) },
};

// The sign is that of getting worse.
const qualities = {
  perplexity: { name: "perplexity", of: result => result.perplexity, text: digits, sign: 1 },
  bits_per_byte: { name: "bits a byte of text", of: result => result.bits_per_byte, text: digits, sign: 1 },
  accuracy: { name: "mean accuracy", of: result => result.accuracy, text: value => `${(100 * value).toFixed(2)} %`, sign: -1 },
};

// What no other result beats in both, from the smallest.
function frontierOf(points, sign) {
  const kept = [];
  for (const point of [...points].sort((a, b) => a.x - b.x || sign * (a.y - b.y))) if (!kept.length || sign * (kept[kept.length - 1].y - point.y) > 0) kept.push(point);
  return kept;
}

// The mean of what a label has at one size, so that several draws of one method are one line.
function lineOf(points) {
  const groups = new Map();
  for (const point of points) {
    const key = point.x.toFixed(2);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  const mean = (list, of) => list.reduce((sum, point) => sum + of(point), 0) / list.length;
  return [...groups.values()].map(list => [mean(list, point => point.x), mean(list, point => point.y)]).sort((a, b) => a[0] - b[0]);
}

function section(id, title, lead, results, measures) {
  const isKnown = measure => results.some(result => measure.of(result) !== null);
  const known = Object.values(sizes).filter(isKnown), shown = measures.filter(isKnown);
  if (!known.length || !shown.length) return;

  const host = make("section", null, { id });
  host.append(make("h2", title), make("p", lead));
  for (const part of ["size", "quality", "range"]) host.append(make("div", null, { class: "controls", id: `${id}-${part}` }));
  const scroll = make("div", null, { class: "scroll" });
  scroll.append(make("table", null, { id: `${id}-table` }));
  host.append(make("div", null, { class: "plot", id: `${id}-plot` }), scroll, make("p", "● nothing smaller is as good: the Pareto frontier.", { class: "note" }));
  byId("sections").append(host);

  // Bytes of a token tell vocabularies apart. Where there are several, only what compares them is shown first.
  const rates = results.filter(result => result.perplexity > 1 && result.bits_per_byte > 0).map(result => Math.log2(result.perplexity) / result.bits_per_byte);
  if (Math.max(...rates) > 1.001 * Math.min(...rates)) [known, shown].forEach(list => list.reverse());
  let size = known[0], quality = shown[0], isNear = true;
  const pointsOf = () => results.filter(result => size.of(result) !== null && quality.of(result) !== null).map(result => ({ x: size.of(result), y: quality.of(result), result }));
  const isFar = point => quality.sign > 0 && point.y > 3 * Math.min(...pointsOf().map(other => other.y));
  const hasFar = pointsOf().some(isFar);
  const draw = plot(`${id}-plot`, 0.55, () => {
    const points = pointsOf().filter(point => !isNear || !isFar(point)), frontier = frontierOf(points, quality.sign), labels = names.filter(name => points.some(point => point.result.label === name));
    const places = points.map(point => point.x), from = Math.min(...places), to = Math.max(...places), room = 0.06 * (to - from) || 0.5, isLong = to > 8 * from;
    const heights = points.map(point => point.y), isWide = quality.sign > 0 && Math.max(...heights) > 2 * Math.min(...heights);
    const lists = labels.map(name => points.filter(point => point.result.label === name)), lines = lists.map(lineOf);
    const marks = name => ({ show: true, size: 9, fill: colourOf(name), stroke: tone("card"), width: 1 });
    return {
      data: aligned([frontier.map(point => [point.x, point.y]), ...lines, ...lists.map(list => list.map(point => [point.x, point.y]))]),
      legend: [["Pareto frontier", tone("bound"), true], ...labels.map(name => [name, colourOf(name)])],
      options: {
        scales: { x: isLong ? { ...logarithmic(), time: false } : { time: false, range: () => [from - room, to + room] }, y: isWide ? logarithmic() : { range: (_, min, max) => [min - 0.06 * (max - min || 1), max + 0.06 * (max - min || 1)] } },
        axes: [isLong ? { ...logarithmicAxis(size.axis), size: 34 } : axis(size.axis, { size: 34 }), isWide ? logarithmicAxis(quality.name) : axis(quality.name, { values: (_, splits) => splits.map(split => quality.sign > 0 ? short(split) : `${(100 * split).toFixed(1)} %`) })],
        series: [{}, { stroke: tone("bound"), width: 1.5, dash: [6, 5], spanGaps: true, points: { show: false } },
          ...labels.map(name => ({ stroke: colourOf(name), width: 1.5, spanGaps: true, points: { show: false } })),
          ...labels.map(name => ({ stroke: colourOf(name), paths: () => null, points: marks(name) }))],
        plugins: [tips(points.map(point => ({ x: point.x, y: point.y, title: point.result.label, lines: [point.result.model, `${size.text(point.x)}${size === sizes.bits ? " bits" : ""}, ${quality.name} ${quality.text(point.y)}`] })))],
      },
    };
  });
  const show = () => {
    draw();
    byId(`${id}-table`).replaceChildren();
    const frontier = frontierOf(pointsOf(), quality.sign), isBest = result => frontier.some(point => point.x === size.of(result) && point.y === quality.of(result));
    const cell = (measure, result) => measure.of(result) === null ? "–" : measure.text(measure.of(result));
    fillTable(`${id}-table`, ["", "model", ...known.map(measure => measure.name), ...shown.map(measure => measure.name), ""],
      [...results].sort((a, b) => size.of(b) - size.of(a)).map(result => [result.label, result.model, ...known.map(measure => cell(measure, result)), ...shown.map(measure => cell(measure, result)), isBest(result) ? "●" : ""]));
  };
  const choose = (part, list, take) => { if (list.length > 1) choices(`${id}-${part}`, list, value => { take(value); show(); }); };
  choose("size", known.map(measure => [measure, measure.name]), value => { size = value; });
  choose("quality", shown.map(measure => [measure, measure.name]), value => { quality = value; });
  if (hasFar) choose("range", [[true, "up to 3 × the best"], [false, "all results"]], value => { isNear = value; });
  show();
}

function groups(keyOf, results) {
  const found = new Map();
  for (const result of results) found.set(keyOf(result), [...(found.get(keyOf(result)) ?? []), result]);
  return [...found.values()];
}

document.title = "Quality against size · dropwise report";
const files = new Set(report.results.map(result => result.model)).size;
byId("subtitle").textContent = `${report.results.length} evaluations of ${files} file${files === 1 ? "" : "s"}. Bits are those of the linear layers of all blocks; bytes are those of all weights, as a level reads them.`;
// Perplexities of other windows are of other text: they share no frontier.
groups(result => JSON.stringify([result.text, result.context, result.windows]), report.results.filter(result => result.perplexity !== null)).forEach((results, index) => {
  const { windows, context } = results[0], read = windows === null || context === null ? "" : `${windows} windows of ${context} tokens. `;
  section(`text-${index}`, `Text: ${results[0].text}`, `${read}Perplexities compare among models of one vocabulary; bits a byte compare among all.`, results, [qualities.perplexity, qualities.bits_per_byte]);
});
const tasksOf = result => result.tasks.map(task => `${task.task} (${task.n.toLocaleString("en")})`).join(", ");
groups(tasksOf, report.results.filter(result => result.accuracy !== null)).forEach((results, index) =>
  section(`tasks-${index}`, "Tasks", `The mean accuracy of ${tasksOf(results[0])}: by likelihoods divided by the length of a choice where a task has that, as they are otherwise.`, results, [qualities.accuracy]));
imprint();
