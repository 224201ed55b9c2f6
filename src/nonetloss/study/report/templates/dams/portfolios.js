/*
The explorer of a front of dam portfolios: parallel axes, scatter plots, list of dams and basin,
all showing the same selection. It reads one JSON block of the page (see embedding.py), loads
nothing, and offers its functions to scripts as `damStudy` (end of explorer.js). The files of this
folder are parts of one script, joined in the page in the order of explorer.html.

Portfolios are numbered 0 … count - 1. Sets of portfolios are bits in Uint32Array words, so that
"in this range, with this dam, without that one" is a handful of ANDs over whole words. Pictures
of many portfolios are counts per pixel, colored by their logarithm.
*/

const data = JSON.parse(document.getElementById("dams-data").textContent);
const words = data.words;
const count = data.count;
const root = document.getElementById("dams-explorer");
const part = (name) => root.querySelector(`[data-part="${name}"]`);

// While the pointer drags, pictures show at most so many portfolios; all of them on release.
const SAMPLE_LINES = 2500;
const SAMPLE_POINTS = 30000;
// Up to so many, lines are drawn one by one with smooth edges.
const FEW = 600;
// Milliseconds of drawing between two frames.
const SLICE = 12;
const FONT = "'DejaVu Sans', Verdana, Geneva, Roboto, Arial, sans-serif";
const INK = "#1b1f23", MUTED = "#555d65", LINE = "#c8cdd2", BLUE = "#0072b2", VERMILION = "#d55e00";
const PICK = "#e69f00";
const MARKS = {
  today: { color: "#000000", dash: [], shape: "diamond" },
  full: { color: VERMILION, dash: [7, 3], shape: "square" },
  plan: { color: "#8e4585", dash: [2, 3], shape: "triangle" },
  chosen: { color: "#007a58", dash: [], shape: "star" },
};

// ---- Decoding ----------------------------------------------------------------------------------

// Arrays are little-endian, as is every machine that runs a browser today.
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);
const wordsOf = (text) => new Uint32Array(bytesOf(text).buffer);
const shortsOf = (text) => new Uint16Array(bytesOf(text).buffer);

const criteria = data.criteria.map((c, i) => ({ ...c, values: floatsOf(data.values[i]) }));
const dams = data.dams.map((d, i) => ({
  ...d,
  stands: wordsOf(data.stands[i]),
  options: d.options.map(wordsOf),
}));
const rowNumbers = data.rows ? wordsOf(data.rows) : null;
const size = (count + 31) >>> 5;
const everything = new Uint32Array(size).fill(0xffffffff);
if (count & 31) everything[size - 1] = (1 << (count & 31)) - 1;

const has = (bits, i) => (bits[i >>> 5] >>> (i & 31)) & 1;
const ones = (word) => {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};
const shared = (a, b) => {
  let total = 0;
  for (let j = 0; j < size; j++) total += ones(a[j] & b[j]);
  return total;
};

// Scales run from the worst value (0) to the best (1), over the front and the marked states.
for (const [i, c] of criteria.entries()) {
  let low = Infinity, high = -Infinity;
  for (const v of c.values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  c.least = low;
  c.most = high;
  for (const mark of data.marks) {
    const v = mark.values[i];
    if (v === null) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const pad = 0.03 * (high - low) || 1;
  c.low = low - pad;
  c.high = high + pad;
  c.at = (v) => {
    const share = (v - c.low) / (c.high - c.low);
    return c.sense === "max" ? share : 1 - share;
  };
  c.value = (at) => c.low + (c.sense === "max" ? at : 1 - at) * (c.high - c.low);
  c.places = Float32Array.from(c.values, c.at);
  c.head = `${c.title} (${c.unit || words.index})`;
}

// ---- Numbers and texts -------------------------------------------------------------------------

const number = (value, digits) => {
  const [whole, rest] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, data.language === "es" ? "\u202f" : ",");
  const shown = rest ? `${grouped}.${rest}` : grouped;
  return value < 0 && Number(`${whole}.${rest || 0}`) !== 0 ? `\u2212${shown}` : shown;
};
const percent = (share) => {
  const shown = 100 * share;
  if (shown > 0 && shown < 1) return "<\u00a01\u00a0%";
  if (shown < 100 && shown > 99) return ">\u00a099\u00a0%";
  return `${number(shown, 0)}\u00a0%`;
};
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, key) => facts[key]);
const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};
const ticksOf = (low, high, wanted) => {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= rough);
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (step / power === 2.5 && power <= 1 ? 1 : 0));
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9 * step; v += step)
    found.push([v, number(v, digits)]);
  return found;
};

// ---- The selection -----------------------------------------------------------------------------

const state = {
  ranges: criteria.map(() => null), // [low, high] in the unit of the criterion
  passing: criteria.map(() => null), // the portfolios in that range, as bits
  demands: dams.map(() => 0), // 1: with this dam; -1: without it
  picked: -1,
  hover: -1,
  selected: everything.slice(),
  list: Uint32Array.from({ length: count }, (_, i) => i),
  length: count,
};

const setRange = (index, range) => {
  state.ranges[index] = range;
  if (!range) {
    state.passing[index] = null;
    return;
  }
  const [low, high] = range;
  const values = criteria[index].values;
  const bits = state.passing[index] || new Uint32Array(size);
  for (let j = 0, i = 0; j < size; j++) {
    let word = 0;
    const end = Math.min(count, i + 32);
    for (let b = 0; i < end; i++, b++) if (values[i] >= low && values[i] <= high) word |= 1 << b;
    bits[j] = word;
  }
  state.passing[index] = bits;
};

const select = () => {
  const bits = state.selected;
  bits.set(everything);
  for (const passing of state.passing) if (passing) for (let j = 0; j < size; j++) bits[j] &= passing[j];
  for (const [d, demand] of state.demands.entries()) {
    const stands = dams[d].stands;
    if (demand > 0) for (let j = 0; j < size; j++) bits[j] &= stands[j];
    if (demand < 0) for (let j = 0; j < size; j++) bits[j] &= ~stands[j];
  }
  let length = 0;
  for (let j = 0; j < size; j++) {
    for (let word = bits[j]; word; word &= word - 1)
      state.list[length++] = (j << 5) + 31 - Math.clz32(word & -word);
  }
  state.length = length;
};

// Share of the selection in which no dam stands between a component and the mouth.
const flowing = data.tree.below.map(() => new Uint32Array(size));
const freeShares = () => {
  return data.tree.below.map((down, i) => {
    const bits = flowing[i];
    if (down < 0) {
      bits.set(state.selected);
    } else {
      const from = flowing[down], stands = dams[data.tree.dam[i]].stands;
      for (let j = 0; j < size; j++) bits[j] = from[j] & ~stands[j];
    }
    let total = 0;
    for (let j = 0; j < size; j++) total += ones(bits[j]);
    return state.length ? total / state.length : 0;
  });
};
const freeIn = (row) => {
  const free = [];
  for (const [i, down] of data.tree.below.entries())
    free.push(down < 0 || (free[down] && !has(dams[data.tree.dam[i]].stands, row)) ? 1 : 0);
  return free;
};
