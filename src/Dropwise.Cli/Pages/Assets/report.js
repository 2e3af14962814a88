"use strict";
// The sections of the page, from the figures that stand in it as JSON.
const levels = report.levels.filter(level => level.present);
const highest = levels.length;
const colourOfLevel = level => tone(`level-${Math.min(level, 8)}`);
const kinds = [...new Set(report.matrices.map(matrix => matrix.kind))];
const colourOfKind = kind => tone(`kind-${kinds.indexOf(kind) % 8 + 1}`);
const levelName = level => levels.length > 1 ? `level ${level}` : "quantized";
const at = (list, level) => list[Math.min(level, list.length) - 1];
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
const blockName = matrix => matrix.block === null ? "outside of the blocks" : `block ${matrix.block}`;
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : noun.endsWith("x") ? "es" : "s"}`;

function head() {
  document.title = `${report.file} · dropwise report`;
  byId("title").textContent = report.file;
  byId("subtitle").textContent = `${report.architecture}, ${(report.parameters / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} M parameters, `
    + `${plural(report.matrices.length, "matrix").replace("matrixes", "matrices")} in ${report.formats.join(", ")}`;
  for (const level of [...levels].reverse()) {
    const tile = make("div", null, { class: "tile" });
    tile.style.setProperty("--tone", `var(--level-${Math.min(level.level, 8)})`);
    const big = make("div", level.bits_per_weight.toFixed(2), { class: "big" });
    big.append(" ", make("small", "bits"));
    const facts = make("dl");
    const fact = (name, value) => facts.append(make("dt", name), make("dd", value));
    if (level.end_byte !== null) fact("file", megabytes(level.end_byte));
    const errors = report.matrices.filter(matrix => matrix.errors).map(matrix => at(matrix.errors, level.level));
    if (errors.length) fact("mean error", short(mean(errors)));
    const point = report.evaluation?.points.find(point => point.level === level.level);
    if (point) fact("perplexity", short(point.perplexity));
    tile.append(make("div", levelName(level.level), { class: "name" }), big, facts);
    byId("levels").append(tile);
  }
}

function bound() {
  const weighted = report.matrices.some(matrix => matrix.weighted), plain = report.matrices.some(matrix => matrix.errors);
  if (!weighted && !plain) {
    missing("bound-note", "Neither does this file say how far its matrices are from their weights, nor was the model given that it was made of. To compare them:", "--reference MODEL");
    return;
  }
  let field = plain ? "errors" : "weighted";
  const draw = plot("bound-plot", 0.5, () => {
    const points = levels.map(({ level }) => report.matrices.filter(matrix => matrix[field] && matrix[field].length >= level && at(matrix[field], level) > 0)
      .map(matrix => ({ x: at(matrix.bits, level), y: at(matrix[field], level), level, matrix })));
    const all = points.flat(), bits = all.map(point => point.x);
    const from = Math.max(0, Math.min(...bits) - 0.4), to = Math.max(...bits) + 0.4;
    const curve = Array.from({ length: 60 }, (_, i) => from + (to - from) * i / 59).map(rate => [rate, 4 ** -rate]);
    const note = point => ({
      x: point.x, y: point.y, title: point.matrix.name,
      lines: [`${levelName(point.level)}: error ${short(point.y)} at ${point.x.toFixed(2)} bits`, `${short(point.y * 4 ** point.x)} × the bound`],
    });
    return {
      data: aligned([curve, ...points.map(list => list.map(point => [point.x, point.y]))]),
      legend: [["Shannon bound 2⁻²ᴿ", tone("bound"), true], ...levels.map(({ level }) => [levelName(level), colourOfLevel(level)])],
      options: {
        scales: { x: { time: false, range: () => [from, to] }, y: logarithmic() },
        axes: [axis("bits a weight", { size: 34, incrs: [0.1, 0.2, 0.5, 1, 2] }), logarithmicAxis("squared error / energy")],
        series: [{}, { stroke: tone("bound"), width: 1.5, dash: [6, 5], spanGaps: true, points: { show: false } },
          ...levels.map(({ level }) => ({ stroke: colourOfLevel(level), paths: () => null, points: { show: true, size: 7, fill: colourOfLevel(level) + "99", stroke: colourOfLevel(level), width: 1 } }))],
        plugins: [tips(all.map(note))],
      },
    };
  });
  if (weighted && plain) choices("bound-kind", [["errors", "weights"], ["weighted", "weights as inputs see them"]], value => { field = value; draw(); });

  const rows = levels.map(({ level, bits_per_weight }) => {
    const cells = [levelName(level), bits_per_weight.toFixed(3)];
    for (const [name, isThere] of [["errors", plain], ["weighted", weighted]]) {
      if (!isThere) continue;
      const entries = report.matrices.filter(matrix => matrix[name] && matrix[name].length >= level && at(matrix[name], level) > 0);
      cells.push(entries.length ? short(mean(entries.map(matrix => at(matrix[name], level)))) : "–");
      if (name === "errors") cells.push(entries.length ? mean(entries.map(matrix => at(matrix.bits, level) + Math.log2(at(matrix[name], level)) / 2)).toFixed(2) : "–");
    }
    return cells;
  });
  fillTable("bound-table", ["", "bits", ...(plain ? ["mean error", "bits above the bound"] : []), ...(weighted ? ["mean weighted error"] : [])], rows.reverse());
  byId("bound-note").textContent = (report.errors_from === "reference" ? `Errors are those from ${report.reference}. ` : plain ? "Errors are those that the quantizer recorded in the file. " : "")
    + (weighted
      ? "As inputs see them: tr(Δ H Δᵀ) / tr(W H Wᵀ) with the second moments H of what each matrix read when it was quantized. Where inputs are uneven this can lie below the line, which is that of even ones."
      : "Errors weighted by inputs are recorded where a file is quantized with calibration text.");
}

// Kinds of matrices as lines over blocks; what is outside of them stands behind the last.
function byDepth(id, ratio, value, describe) {
  return plot(id, ratio, () => {
    const last = report.blocks, { label, y, extra, line } = describe();
    const lists = kinds.map(kind => report.matrices.filter(matrix => matrix.kind === kind && value(matrix) !== null).map(matrix => ({ x: matrix.block ?? last, y: value(matrix), matrix })));
    const notes = lists.flat().map(point => ({ x: point.x, y: point.y, title: point.matrix.name, lines: [line(point.y, point.matrix)] }));

    // Experts of one block lie on one line at one place: points, joined where each block has one of a kind.
    const isSingle = lists.map(list => new Set(list.map(point => point.x)).size === list.length && list.length > 1);
    const ends = Math.max(1, last - (report.matrices.some(matrix => matrix.block === null) ? 0 : 1));
    return {
      data: aligned([...(extra ? [[[-0.4, extra], [ends + 0.4, extra]]] : []), ...lists.map(list => list.map(point => [point.x, point.y]))]),
      legend: [...(extra ? [[describe().extraName, tone("bound"), true]] : []), ...kinds.map(kind => [kind, colourOfKind(kind)])],
      options: {
        scales: { x: { time: false, range: () => [-0.4, ends + 0.4] }, y },
        axes: [axis("block", { size: 34, incrs: [1, 2, 5, 10, 20, 50], values: (_, splits) => splits.map(split => split < last ? split : kinds.length && split === last ? "head" : "") }), label],
        series: [{}, ...(extra ? [{ stroke: tone("bound"), width: 1.5, dash: [6, 5], spanGaps: true, points: { show: false } }] : []),
          ...kinds.map((kind, index) => ({
            stroke: colourOfKind(kind), width: 1.75, spanGaps: true, ...(isSingle[index] ? {} : { paths: () => null }), points: { show: true, size: 6, fill: colourOfKind(kind), stroke: colourOfKind(kind) },
          }))],
        plugins: [tips(notes)],
      },
    };
  });
}

function depth() {
  const field = report.matrices.some(matrix => matrix.errors) ? "errors" : report.matrices.some(matrix => matrix.weighted) ? "weighted" : null;
  if (field === null) {
    missing("depth-note", "Not known without the original weights:", "--reference MODEL");
    return;
  }
  let level = highest;
  const draw = byDepth("depth-plot", 0.42, matrix => matrix[field] && at(matrix[field], level) > 0 ? at(matrix[field], level) : null, () => ({
    label: logarithmicAxis("squared error / energy"), y: logarithmic(), line: value => `${levelName(level)}: error ${short(value)}`,
  }));
  if (highest > 1) choices("depth-level", [...levels].reverse().map(({ level }) => [level, levelName(level)]), value => { level = value; draw(); });
}

function gaussian() {
  const { limit, weights, before, level } = report.histogram, rotated = report.matrices.some(matrix => matrix.rotated);
  const what = report.reference !== null
    ? `The weights of ${report.reference}${rotated ? ", behind the rotation of their inputs that their format asks for" : ""}`
    : `The weights as ${levels.length > 1 ? `level ${level}` : "the file"} decodes them${rotated ? ", behind the rotation of their inputs" : ""}`;
  byId("gaussian-lead").textContent = `${what}; each row is divided by its root mean square.`;
  if (report.reference === null) missing("gaussian-note", "Decoded weights have the gaps of their codes. What the original ones look like:", "--reference MODEL");
  const width = 2 * limit / weights.length, centres = weights.map((_, i) => -limit + (i + 0.5) * width);
  const normal = x => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  let isLogarithmic = false;
  const draw = plot("histogram-plot", 0.45, () => {
    const floor = 1e-7, shown = list => isLogarithmic ? list.map(value => value > floor ? value : null) : list;
    return {
      data: [centres, shown(weights), ...(before ? [shown(before)] : []), shown(centres.map(normal))],
      legend: [[before ? "rotated weights" : rotated ? "decoded rotated weights" : "weights", tone("accent")], ...(before ? [["before the rotation", tone("kind-2"), true]] : []), ["N(0, 1)", tone("bound"), true]],
      options: {
        scales: { x: { time: false, range: () => isLogarithmic ? [-limit, limit] : [-4.2, 4.2] }, y: isLogarithmic ? { distr: 3, range: (_, min, max) => [Math.max(min / 2, floor), max * 2] } : { range: (_, __, max) => [0, max * 1.06] } },
        axes: [axis("weight / root mean square of its row", { size: 34 }), isLogarithmic ? logarithmicAxis("density") : axis("density")],
        series: [{}, { stroke: tone("accent"), width: 1.5, fill: tone("accent") + "33", points: { show: false } },
          ...(before ? [{ stroke: tone("kind-2"), width: 1.5, dash: [2, 3], points: { show: false } }] : []), { stroke: tone("bound"), width: 1.5, dash: [6, 5], points: { show: false } }],
        plugins: [tips(centres.map((x, i) => ({ x, title: `${x.toFixed(2)}`, lines: [`density ${short(weights[i])}`, `N(0, 1) ${short(normal(x))}`] })), Infinity)],
      },
    };
  });
  choices("histogram-scale", [[false, "density"], [true, "tails, logarithmic"]], value => { isLogarithmic = value; draw(); });
  byDepth("kurtosis-plot", 0.4, matrix => matrix.kurtosis, () => ({
    label: axis("kurtosis"), y: { range: (_, min, max) => [Math.min(2.8, min - 0.1), Math.max(3.3, max * 1.03)] }, extra: 3, extraName: "normal distribution",
    line: (value, matrix) => `kurtosis ${value.toFixed(2)}${matrix.kurtosis_before !== null ? `, ${matrix.kurtosis_before.toFixed(2)} before the rotation` : ""}`,
  }));
}

function quality() {
  const evaluation = report.evaluation;
  if (evaluation === null) {
    missing("quality-note", "No text was given to measure the levels with:", "--text TEXT --context C [--windows N] [--reference MODEL]");
    return;
  }
  const recipe = evaluation.points.filter(point => point.level === null), served = evaluation.points.filter(point => point.level !== null);
  byId("quality-lead").textContent = `On ${evaluation.text}, ${plural(evaluation.windows, "window")} of ${evaluation.context} tokens, each from an empty cache.`;
  const names = point => point.level === null ? point.name : levelName(point.level);

  // The lowest level of a file that does not serve it can be a hundred times as bad as the rest, which would then look all the same.
  const best = Math.min(...evaluation.points.map(point => point.perplexity)), hasFar = evaluation.points.some(point => point.perplexity > 3 * best);
  let isNear = hasFar;
  const draw = plot("quality-plot", 0.45, () => {
    const isShown = point => !isNear || point.perplexity <= 3 * best;
    const all = evaluation.points.filter(isShown), bits = all.map(point => point.bits), from = Math.max(0, Math.min(...bits) - 0.4), to = Math.max(...bits) + 0.4;
    const whole = evaluation.unquantized;
    return {
      data: aligned([whole === null ? [] : [[from, whole], [to, whole]], served.filter(isShown).map(point => [point.bits, point.perplexity]), recipe.filter(isShown).map(point => [point.bits, point.perplexity])]),
      legend: [...(whole === null ? [] : [["unquantized", tone("bound"), true]]), ["levels", tone("accent")], ...recipe.map(point => [point.name, tone("kind-2")])],
      options: {
        scales: { x: { time: false, range: () => [from, to] }, y: logarithmic(1) },
        axes: [axis("bits a weight", { size: 34, incrs: [0.1, 0.2, 0.5, 1, 2] }), logarithmicAxis("perplexity")],
        series: [{}, { stroke: tone("bound"), width: 1.5, dash: [6, 5], spanGaps: true, points: { show: false } },
          { stroke: tone("accent"), width: 2, spanGaps: true, points: { show: true, size: 9, fill: tone("accent"), stroke: tone("accent") } },
          { stroke: tone("kind-2"), paths: () => null, points: { show: true, size: 11, fill: tone("kind-2"), stroke: tone("kind-2") } }],
        plugins: [tips(all.map(point => ({ x: point.bits, y: point.perplexity, title: names(point), lines: [`${point.bits.toFixed(2)} bits, perplexity ${short(point.perplexity)}`] })))],
      },
    };
  });
  if (hasFar) choices("quality-range", [[true, "up to 3 × the best"], [false, "all levels"]], value => { isNear = value; draw(); });
  const compares = evaluation.points.some(point => point.kl !== null), digits = value => value.toFixed(value < 10 ? 3 : value < 100 ? 2 : 0);
  const rows = [...evaluation.points].sort((a, b) => b.bits - a.bits).map(point => [names(point), point.bits.toFixed(3), digits(point.perplexity), ...(compares ? [short(point.kl), `${(100 * point.agreement).toFixed(1)} %`] : [])]);
  if (evaluation.unquantized !== null) rows.unshift(["unquantized", "", digits(evaluation.unquantized), ...(compares ? ["", ""] : [])]);
  fillTable("quality-table", ["", "bits", "perplexity", ...(compares ? ["KL, nats", "same likeliest token"] : [])], rows);
  if (evaluation.unquantized === null) missing("quality-note", "How far that is from the unquantized model:", "--text TEXT --reference MODEL");
}

function blocks() {
  const { block_bits, recipe } = report;
  if (block_bits.length === 0) {
    byId("blocks-note").textContent = "No matrix of a block is quantized.";
    return;
  }
  byId("blocks-lead").textContent = recipe
    ? `Bits a weight of the quantized matrices of each block; in colour what ${recipe.name} serves, ${recipe.bits.toFixed(3)} bits a weight in all, and behind it what the file has.`
    : "Bits a weight of the quantized matrices of each block" + (levels.length > 1 ? ", level upon level." : ".");
  plot("blocks-plot", 0.36, () => {
    const places = block_bits.map((_, index) => index), bars = uPlot.paths.bars({ size: [0.78, 64] }), down = [...levels].reverse();
    const series = down.map(({ level }) => ({ stroke: "transparent", fill: colourOfLevel(level), paths: bars, points: { show: false } }));
    const whole = block_bits.map(bits => at(bits, highest));
    const data = down.map(({ level }) => block_bits.map((bits, block) => recipe ? (recipe.levels[block] >= level ? at(bits, level) : null) : at(bits, level)));
    return {
      data: [places, ...(recipe ? [whole] : []), ...data],
      legend: [...(recipe ? [["not served", tone("line")]] : []), ...(levels.length > 1 ? levels.map(({ level }) => [levelName(level), colourOfLevel(level)]) : [])],
      options: {
        scales: { x: { time: false, range: () => [-0.6, places.length - 0.4] }, y: { range: (_, __, max) => [0, max * 1.08] } },
        axes: [axis("block", { size: 34, incrs: [1, 2, 5, 10, 20, 50] }), axis("bits a weight")],
        series: [{}, ...(recipe ? [{ stroke: "transparent", fill: tone("line"), paths: bars, points: { show: false } }] : []), ...series],
        plugins: [tips(places.map(block => ({
          x: block, title: `block ${block}`,
          lines: [...(recipe ? [`served at level ${recipe.levels[block]}`] : []), ...down.map(({ level }) => `${levelName(level)}: ${at(block_bits[block], level).toFixed(3)} bits`)],
        })), Infinity)],
      },
    };
  });
  if (!recipe && levels.length > 1) missing("blocks-note", "Blocks may be served at levels of their own, which a recipe names:", "--recipe RECIPE");
}

function stages() {
  if (report.seconds !== null) byId("stages-lead").textContent = `Quantizing took ${report.seconds.toFixed(1)} seconds.`;
  if (report.stages === null) {
    missing("stages-note", "A file says the same whoever quantizes it, so it holds no times. They are in what quantize prints with --json:", "--summary QUANTIZE.json");
    return;
  }
  const longest = Math.max(...report.stages.map(stage => stage.seconds));
  for (const stage of report.stages) {
    const bar = make("b"), cell = make("div");
    bar.style.width = `${100 * stage.seconds / longest}%`;
    cell.append(bar);
    byId("stages-bars").append(make("div", stage.name), cell, make("span", `${stage.seconds.toFixed(1)} s, ${(100 * stage.seconds / report.seconds).toFixed(0)} %`));
  }
}

function matrices() {
  const numbers = (list, digits) => list === null ? "–" : list.map(value => digits === undefined ? short(value) : value.toFixed(digits)).join(" / ");
  const hasWeighted = report.matrices.some(matrix => matrix.weighted);
  fillTable("matrices-table", ["matrix", "format", "shape", "bits", "error", ...(hasWeighted ? ["weighted"] : []), "kurtosis"], report.matrices.map(matrix => [
    matrix.name, matrix.format, `${matrix.rows} × ${matrix.columns}`, numbers(matrix.bits, 2), numbers(matrix.errors), ...(hasWeighted ? [numbers(matrix.weighted)] : []), matrix.kurtosis.toFixed(2),
  ]));
}

head();
bound();
depth();
gaussian();
quality();
blocks();
stages();
matrices();
imprint();
