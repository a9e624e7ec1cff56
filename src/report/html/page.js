// The charts and the sortable tables of the report. All text of the page stands in it without this
// script; here is only what needs to be drawn.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const charts = [];
const byId = (id) => document.getElementById(id);

// --- numbers -----------------------------------------------------------------------------------

function threeDigits(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
function latencyText(ms) {
  if (ms >= 1000) { return threeDigits(ms / 1000) + " s"; }
  return ms >= 1 || ms === 0 ? threeDigits(ms) + " ms" : threeDigits(ms * 1000) + " µs";
}
function countText(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : threeDigits(value);
}
function shortCount(value) {
  return value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 3 });
}
function timeText(seconds) {
  const whole = Math.round(seconds);
  if (whole !== seconds && seconds < 10) { return seconds.toFixed(1) + " s"; }
  if (whole < 60) { return whole + " s"; }
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
  return hours > 0 ? hours + ":" + rest : rest.replace(/^0/, "");
}
function shareText(rarity) {
  const percent = 100 - 100 / rarity;
  return Number(percent.toFixed(Math.max(0, Math.ceil(Math.log10(rarity)) - 1))) + " %";
}

// --- what charts have in common ----------------------------------------------------------------

function color(role) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + role).trim();
}
function faded(hex, alpha) {
  const part = (at) => parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})`;
}

// Shades what is not of the measured load and draws a line where a stage begins.
const background = {
  id: "background",
  beforeDatasetsDraw(chart) {
    if (!chart.options.plugins.background) { return; }
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.font = "11px system-ui, sans-serif";
    for (const band of data.bands) {
      const from = Math.max(x.getPixelForValue(band.from), area.left);
      const to = Math.min(x.getPixelForValue(band.to), area.right);
      ctx.fillStyle = color("band");
      ctx.fillRect(from, area.top, to - from, area.height);
      ctx.fillStyle = color("soft");
      if (to - from > 46) { ctx.fillText(band.name, from + 4, area.bottom - 5); }
    }
    ctx.strokeStyle = color("stage");
    ctx.fillStyle = color("soft");
    ctx.setLineDash([3, 3]);
    for (const stage of data.stages) {
      const at = Math.round(x.getPixelForValue(stage.from)) + 0.5;
      if (at > area.left + 1) {
        ctx.beginPath();
        ctx.moveTo(at, area.top);
        ctx.lineTo(at, area.bottom);
        ctx.stroke();
      }
      ctx.fillText(stage.name, at + 4, area.top + 11);
    }
    ctx.restore();
  },
};

function line(label, role, points, more) {
  return Object.assign({
    label, data: points, borderColor: color(role), backgroundColor: color(role), borderWidth: 1.75,
    pointRadius: points.length < 3 ? 3 : 0, pointHitRadius: 6, tension: 0,
  }, more);
}
function axis(text, more) {
  return Object.assign({
    grid: { color: color("line"), borderColor: color("line"), drawTicks: false },
    border: { color: color("line") },
    title: { display: Boolean(text), text, color: color("soft"), font: { size: 11 } },
  }, more, { ticks: Object.assign({ color: color("soft"), padding: 6, maxRotation: 0 }, more.ticks) });
}
function latencyAxis(points) {
  const values = points.filter((value) => value > 0);
  const low = Math.min(...values), high = Math.max(...values);
  if (!(high > 8 * low)) {
    return axis("", { beginAtZero: true, ticks: { callback: latencyText, maxTicksLimit: 7 } });
  }
  const digit = (value) => Number(value.toPrecision(6)).toExponential().split("e")[0];
  const shown = high > 300 * low ? ["1"] : ["1", "2", "5"];
  return axis("", {
    type: "logarithmic", min: low / 1.15, max: high * 1.15,
    ticks: { autoSkip: false, callback: (value) =>
      shown.includes(digit(value)) ? latencyText(value) : undefined },
  });
}
function draw(id, settings) {
  const canvas = byId(id);
  if (!canvas) { return; }
  const base = {
    animation: false, responsive: true, maintainAspectRatio: false, normalized: true,
    interaction: { mode: "index", intersect: false },
    color: color("ink"),
  };
  const options = Object.assign(base, settings.options);
  options.plugins = Object.assign({
    legend: { position: "bottom", labels: { color: color("ink"), boxWidth: 14, boxHeight: 2, padding: 14 } },
  }, options.plugins);
  charts.push(new Chart(canvas, {
    type: "line", data: { datasets: settings.datasets }, options, plugins: [background],
  }));
}
function tooltip(title, label) {
  return { callbacks: { title: (items) => title(items[0].parsed.x), label: (item) =>
    `${item.dataset.label}: ${label(item.parsed.y, item.dataset)}` } };
}

// --- the charts --------------------------------------------------------------------------------

const rows = data.rows;
const at = (values) => values.map((y, i) => ({ x: rows.t[i], y }));
const total = (values) => values.reduce((sum, value) => sum + value, 0);

function timeAxis() {
  const start = data.heat ? data.heat.from : 0;
  return axis("", { type: "linear", min: Math.min(start, rows.t[0]), max: rows.end,
    ticks: { callback: timeText, maxTicksLimit: 9, autoSkipPadding: 14 } });
}
function drawRate() {
  const datasets = [line("ok /s", "series-ok", at(rows.ok), { fill: "origin",
    backgroundColor: faded(color("series-ok"), 0.12) })];
  if (total(rows.failed) > 0) { datasets.push(line("failed /s", "series-c", at(rows.failed))); }
  if (total(rows.limited) > 0) { datasets.push(line("rate limited /s", "series-b", at(rows.limited))); }
  datasets.push(line("users", "series-d", at(rows.users), { yAxisID: "users", borderDash: [5, 4],
    stepped: false }));
  draw("chart-rate", { datasets, options: {
    scales: {
      x: timeAxis(),
      y: axis("requests/s", { beginAtZero: true, ticks: { callback: shortCount, maxTicksLimit: 6 } }),
      users: axis("users", { position: "right", beginAtZero: true, grid: { display: false },
        ticks: { callback: shortCount, maxTicksLimit: 6, precision: 0 } }),
    },
    plugins: { background: true, tooltip: tooltip(timeText, countText) },
  } });
}
function drawLatency() {
  draw("chart-latency", { datasets: [
    line("p50", "series-a", at(rows.p50)),
    line("p95", "series-b", at(rows.p95)),
    line("p99", "series-c", at(rows.p99)),
    line("max", "series-d", at(rows.max), { borderWidth: 1 }),
  ], options: {
    scales: { x: timeAxis(), y: latencyAxis(rows.p50.concat(rows.max)) },
    plugins: { background: true, tooltip: tooltip(timeText, latencyText) },
  } });
}
function drawErrors() {
  const bars = (label, role, values) => line(label, role, at(values), { stepped: "middle",
    fill: "origin", backgroundColor: faded(color(role), 0.18) });
  const datasets = [];
  if (total(rows.failed) > 0) { datasets.push(bars("failed /s", "series-c", rows.failed)); }
  if (total(rows.limited) > 0) { datasets.push(bars("rate limited /s", "series-b", rows.limited)); }
  if (total(rows.dropped) > 0) { datasets.push(bars("dropped /s", "series-d", rows.dropped)); }
  draw("chart-errors", { datasets, options: {
    scales: { x: timeAxis(), y: axis("per second", { beginAtZero: true,
      ticks: { callback: shortCount, maxTicksLimit: 6 } }) },
    plugins: { background: true, tooltip: tooltip(timeText, countText) },
  } });
}
function drawPercentiles() {
  const roles = ["series-a", "series-ok", "series-b"];
  const points = (curve) => curve.points.map(([x, y]) => ({ x, y }));
  const values = data.curves.flatMap((curve) => curve.points.map((point) => point[1]));
  const last = Math.max(...data.curves.map((curve) => curve.points[curve.points.length - 1][0]));
  const ticks = [1, 2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8].filter((rarity) => rarity <= last);
  draw("chart-percentiles", {
    datasets: data.curves.map((curve, i) => line(curve.name, roles[i], points(curve))),
    options: {
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: axis("", { type: "logarithmic", min: 1, max: Math.max(last, 2),
          afterBuildTicks: (scale) => {
            const apart = scale.width * Math.log(2) / Math.log(last); // of 0 % and 50 %
            scale.ticks = ticks.filter((rarity) => rarity > 1 || apart > 42).map((value) => ({ value }));
          },
          ticks: { autoSkip: false, callback: shareText } }),
        y: latencyAxis(values),
      },
      plugins: { tooltip: tooltip((rarity) => rarity >= last ? "largest" : shareText(rarity), latencyText) },
    },
  });
}
function drawSaturation() {
  const points = data.saturation.points;
  const tail = data.saturation.tail || "p95";
  const of = (key) => points.map((point) => ({ x: point.goal, y: point[key] }));
  const mark = { pointRadius: 3.5 };
  draw("chart-saturation", { datasets: [
    line("ok /s", "series-ok", of("ok"), mark),
    line("p50", "series-a", of("p50"), Object.assign({ yAxisID: "latency" }, mark)),
    line(tail, "series-b", of(tail), Object.assign({ yAxisID: "latency" }, mark)),
  ], options: {
    scales: {
      x: axis(data.saturation.unit, { type: "linear", ticks: { callback: shortCount } }),
      y: axis("requests/s", { beginAtZero: true, ticks: { callback: shortCount, maxTicksLimit: 6 } }),
      latency: Object.assign(latencyAxis(points.flatMap((point) => [point.p50, point[tail]])),
        { position: "right", grid: { display: false } }),
    },
    plugins: { tooltip: tooltip((goal) => `${countText(goal)} ${data.saturation.unit}`,
      (value, set) => set.yAxisID === "latency" ? latencyText(value) : countText(value)) },
  } });
}

// In the unit of the probe; those of size, time and share have words of their own.
function probeText(unit) {
  const kibi = ["B", "KiB", "MiB", "GiB", "TiB"];
  if (["bytes", "byte", "B"].includes(unit)) {
    return (value) => {
      const power = Math.min(4, Math.floor(Math.log2(Math.max(Math.abs(value), 1)) / 10));
      return threeDigits(value / 1024 ** power) + " " + kibi[power];
    };
  }
  if (["s", "seconds"].includes(unit)) { return (value) => latencyText(value * 1000); }
  if (["percent", "%"].includes(unit)) { return (value) => threeDigits(value) + " %"; }
  if (["fraction", "ratio"].includes(unit)) { return (value) => threeDigits(value * 100) + " %"; }
  return (value) => Math.abs(value) >= 1e6 ? shortCount(value) : threeDigits(value);
}
function drawProbes() {
  data.probes.forEach((probe, i) => {
    const values = probe.points.map((point) => point[1]);
    const low = Math.min(...values), high = Math.max(...values);
    const text = probeText(probe.unit);
    const shown = ["", "bytes", "byte", "B", "s", "seconds", "percent", "%", "fraction", "ratio"];
    draw("chart-probe-" + i, {
      datasets: [line(probe.name, "series-a", probe.points.map(([x, y]) => ({ x, y })))],
      options: {
        scales: { x: timeAxis(), y: axis(shown.includes(probe.unit) ? "" : probe.unit, {
          beginAtZero: low >= 0 && low < 0.5 * high, ticks: { callback: text, maxTicksLimit: 6 } }) },
        plugins: { background: true, legend: { display: false }, tooltip: tooltip(timeText, text) },
      },
    });
  });
}

// --- the heat map: a canvas of our own ---------------------------------------------------------

const margin = { left: 58, right: 8, top: 6, bottom: 24 };

function heatColors() {
  return color("heat").split(",").map((entry) => entry.trim().split(/\s+/).map(Number));
}
function heatColor(colors, share) {
  const place = Math.min(share, 1) * (colors.length - 1);
  const low = Math.min(Math.floor(place), colors.length - 2);
  const mixed = colors[low].map((from, i) => Math.round(from + (colors[low + 1][i] - from) * (place - low)));
  return `rgb(${mixed.join(",")})`;
}
function heatTicks(edges) {
  const low = edges[0], high = edges[edges.length - 1];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power) {
    for (const digit of high > 1000 * low ? [1] : [1, 2, 5]) {
      const value = digit * 10 ** power;
      if (value >= low && value <= high) { ticks.push(value); }
    }
  }
  return ticks;
}
function niceStep(seconds, most) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  return steps.find((step) => seconds / step <= most) || Math.ceil(seconds / most);
}
function drawHeat() {
  const canvas = byId("chart-heat");
  if (!canvas || !data.heat) { return; }
  const { from, column, edges, counts } = data.heat;
  const box = canvas.parentElement.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  const width = box.width - margin.left - margin.right, height = box.height - margin.top - margin.bottom;
  const largest = Math.max(...counts.flat());
  const colors = heatColors();
  const bands = edges.length - 1;
  const x = (i) => margin.left + width * i / counts.length;
  const y = (i) => margin.top + height * (1 - i / bands);
  ctx.fillStyle = heatColor(colors, 0);
  ctx.fillRect(margin.left, margin.top, width, height);
  counts.forEach((cells, i) => cells.forEach((count, j) => {
    if (count > 0) { // a single request must be seen beside a million
      ctx.fillStyle = heatColor(colors, 0.14 + 0.86 * Math.log1p(count) / Math.log1p(largest));
      const left = Math.floor(x(i)), top = Math.floor(y(j + 1));
      ctx.fillRect(left, top, Math.ceil(x(i + 1)) - left, Math.ceil(y(j)) - top);
    }
  }));
  const position = (ms) => y(bands * Math.log(ms / edges[0]) / Math.log(edges[bands] / edges[0]));
  ctx.fillStyle = color("soft");
  ctx.strokeStyle = color("line");
  ctx.font = "11.5px system-ui, sans-serif";
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const tick of heatTicks(edges)) {
    ctx.fillText(latencyText(tick), margin.left - 6, Math.max(position(tick), margin.top + 6));
  }
  ctx.textBaseline = "alphabetic";
  const seconds = counts.length * column;
  const step = niceStep(seconds, Math.max(2, Math.floor(width / 80)));
  for (let t = Math.ceil(from / step) * step; t <= from + seconds; t += step) {
    const place = margin.left + width * (t - from) / seconds;
    ctx.textAlign = place > box.width - 26 ? "right" : place < margin.left + 12 ? "left" : "center";
    ctx.fillText(timeText(t), Math.min(place, box.width), box.height - 7);
  }
  ctx.strokeRect(margin.left + 0.5, margin.top + 0.5, width - 1, height - 1);
}
function followPointer() {
  const canvas = byId("chart-heat"), tip = byId("heat-tip");
  if (!canvas || !data.heat) { return; }
  const { from, column, edges, counts } = data.heat;
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const i = Math.floor((event.clientX - box.left - margin.left) / (box.width - margin.left - margin.right) * counts.length);
    const share = 1 - (event.clientY - box.top - margin.top) / (box.height - margin.top - margin.bottom);
    const j = Math.floor(share * (edges.length - 1));
    const count = counts[i] && counts[i][j];
    tip.style.display = count === undefined ? "none" : "block";
    if (count === undefined) { return; }
    tip.textContent = `${timeText(from + i * column)}, ${latencyText(edges[j])} to ${latencyText(edges[j + 1])}: `
      + `${countText(count)} request${count === 1 ? "" : "s"}`;
    const left = event.clientX - box.left;
    tip.style.left = Math.max(0, Math.min(left + 12, box.width - tip.offsetWidth)) + "px";
    tip.style.top = Math.max(0, event.clientY - box.top - 34) + "px";
  });
  canvas.addEventListener("pointerleave", () => { tip.style.display = "none"; });
}

// --- the page ----------------------------------------------------------------------------------

function drawAll() {
  while (charts.length > 0) { charts.pop().destroy(); }
  if (rows) {
    drawRate();
    drawLatency();
    drawErrors();
    drawProbes();
  }
  if (data.curves.length > 0) { drawPercentiles(); }
  if (data.saturation) { drawSaturation(); }
  drawHeat();
  document.documentElement.dataset.charts = charts.length + (data.heat ? 1 : 0);
}

function sortable(table) {
  const body = table.tBodies[0];
  const value = (row, i) => {
    const cell = row.cells[i];
    return cell.dataset.v === undefined ? cell.textContent.toLowerCase() : Number(cell.dataset.v);
  };
  [...table.tHead.rows[0].cells].forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const text = head.classList.contains("text");
      const now = head.getAttribute("aria-sort");
      const rising = now ? now === "descending" : text;
      for (const other of table.tHead.rows[0].cells) { other.removeAttribute("aria-sort"); }
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const rank = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * (rising ? 1 : -1);
      const sorted = [...body.rows].sort((a, b) => rank(value(a, i), value(b, i)));
      body.append(...sorted);
    });
  });
}

function setTheme(theme) {
  if (theme) { document.documentElement.dataset.theme = theme; }
  else { delete document.documentElement.dataset.theme; }
  drawAll();
}

document.querySelectorAll("table.sortable").forEach(sortable);
drawAll();
followPointer();
if (byId("chart-heat") && window.ResizeObserver) {
  new ResizeObserver(drawHeat).observe(byId("chart-heat").parentElement);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
window.addEventListener("beforeprint", () => setTheme("light"));
window.addEventListener("afterprint", () => setTheme(null));
})();
