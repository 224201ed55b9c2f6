/*
The explorer of a front of dam portfolios: parallel axes, scatter plots, list of dams and basin,
all showing the same selection. It reads one JSON block of the page (see embedding.py), loads
nothing, and offers its functions to scripts as `damStudy` (end of this file).

Portfolios are numbered 0 … count - 1. Sets of portfolios are bits in Uint32Array words, so that
"in this range, with this dam, without that one" is a handful of ANDs over whole words. Pictures
of many portfolios are counts per pixel, colored by their logarithm.
*/
"use strict";
(() => {
  const holder = document.getElementById("dams-data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
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

  // ---- Decoding -------------------------------------------------------------------------------

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

  // ---- Numbers and texts ----------------------------------------------------------------------

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

  // ---- The selection --------------------------------------------------------------------------

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

  // ---- Drawing: counts per pixel --------------------------------------------------------------

  const ramp = (stops) =>
    Uint32Array.from({ length: 256 }, (_, i) => {
      if (i === 0) return 0;
      const at = ((i - 1) / 254) * (stops.length - 1);
      const k = Math.min(stops.length - 2, Math.floor(at));
      const mix = stops[k].map((v, j) => Math.round(v + (stops[k + 1][j] - v) * (at - k)));
      return ((mix[3] << 24) | (mix[2] << 16) | (mix[1] << 8) | mix[0]) >>> 0;
    });
  const BLUES = ramp([[158, 202, 225, 150], [66, 146, 198, 225], [8, 81, 156, 255], [8, 38, 90, 255]]);
  const GRAYS = ramp([[226, 229, 232, 170], [196, 202, 208, 220]]);

  class Counts {
    constructor(width, height, colors) {
      this.width = width;
      this.height = height;
      this.colors = colors;
      this.counts = new Uint32Array(width * height);
      this.canvas = make("canvas");
      this.canvas.width = width;
      this.canvas.height = height;
      this.pen = this.canvas.getContext("2d");
      this.image = this.pen.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.shades = new Uint8Array(4096);
    }
    clear() {
      this.counts.fill(0);
    }
    paint() {
      const { counts, pixels, colors, shades } = this;
      let top = 1;
      for (let i = 0; i < counts.length; i++) if (counts[i] > top) top = counts[i];
      const scale = 254 / Math.log(1 + top);
      const known = Math.min(top, shades.length - 1);
      for (let v = 1; v <= known; v++) shades[v] = 1 + Math.log(1 + v) * scale;
      const last = shades.length - 1;
      for (let i = 0; i < counts.length; i++) {
        const v = counts[i];
        pixels[i] = v === 0 ? 0 : colors[v <= last ? shades[v] : (1 + Math.log(1 + v) * scale) | 0];
      }
      this.pen.putImageData(this.image, 0, 0);
    }
    wipe() {
      this.pen.clearRect(0, 0, this.width, this.height);
    }
  }

  const sharpen = (canvas, width, height) => {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return pen;
  };
  const write = (pen, text, x, y, { size: px = 12, color = INK, align = "left", bold = false } = {}) => {
    pen.font = `${bold ? "bold " : ""}${px}px ${FONT}`;
    pen.textAlign = align;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = "#fff";
    pen.strokeText(text, x, y);
    pen.fillStyle = color;
    pen.fillText(text, x, y);
  };
  // Break a text into lines no wider than `room`.
  const broken = (pen, text, room, px) => {
    pen.font = `bold ${px}px ${FONT}`;
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (lines.at(-1) && pen.measureText(longer).width > room) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  };
  const symbol = (pen, shape, x, y, r, color, fillColor = color) => {
    pen.beginPath();
    if (shape === "square") pen.rect(x - r, y - r, 2 * r, 2 * r);
    else if (shape === "circle") pen.arc(x, y, r, 0, 2 * Math.PI);
    else {
      const turns = { diamond: [4, 1], triangle: [3, 1], star: [10, 0.45] }[shape];
      for (let k = 0; k < turns[0]; k++) {
        const reach = 1.35 * r * (k % 2 && shape === "star" ? turns[1] : 1);
        const angle = (2 * Math.PI * k) / turns[0] - Math.PI / 2;
        pen.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
      }
      pen.closePath();
    }
    pen.fillStyle = fillColor;
    pen.fill();
    pen.lineWidth = 1.4;
    pen.setLineDash([]);
    pen.strokeStyle = fillColor === color ? "#fff" : color;
    pen.stroke();
  };

  // ---- Parallel axes --------------------------------------------------------------------------

  const parallel = {
    canvas: part("axes"),
    handles: part("handles"),
    layout() {
      const width = Math.max(280, Math.floor(this.canvas.parentElement.clientWidth));
      const last = criteria.length - 1;
      this.wide = width >= 620;
      this.width = width;
      if (this.wide) {
        this.start = 74;
        this.end = width - 74;
        this.from = 78; // of the values: top, the best
        this.to = 420;
        this.height = 446;
      } else {
        this.start = 44;
        this.end = this.start + 84 * last;
        this.from = 16;
        this.to = width - 16;
        this.height = this.end + 36;
      }
      const step = (this.end - this.start) / Math.max(1, last);
      this.main = criteria.map((_, i) => Math.round(this.start + step * i));
      this.step = step;
      this.pen = sharpen(this.canvas, width, this.height);
      this.ground = new Counts(width, this.height, GRAYS);
      this.flow = new Counts(width, this.height, BLUES);
      this.cross = criteria.map((c) => Float32Array.from(c.places, (p) => this.spot(p)));
      this.groundReady = false;
      this.placeHandles();
    },
    spot(place) {
      return this.wide ? this.to - place * (this.to - this.from) : this.from + place * (this.to - this.from);
    },
    place(spot) {
      const share = this.wide ? (this.to - spot) / (this.to - this.from) : (spot - this.from) / (this.to - this.from);
      return Math.min(1, Math.max(0, share));
    },
    // Add the lines list[from … to) to the counts, one pixel for each step along the longer side.
    trace(into, list, from, to, stride) {
      const { counts, width } = into;
      const alongMain = this.wide ? 1 : width, alongCross = this.wide ? width : 1;
      for (let g = 0; g + 1 < criteria.length; g++) {
        const m0 = this.main[g], run = this.main[g + 1] - m0;
        const a = this.cross[g], b = this.cross[g + 1];
        for (let k = from; k < to; k += stride) {
          const i = list[k];
          const c0 = a[i], rise = b[i] - c0;
          if (Math.abs(rise) <= run) {
            const slope = rise / run;
            for (let m = 0, c = c0; m < run; m++, c += slope) counts[(m0 + m) * alongMain + (c | 0) * alongCross]++;
          } else {
            const steps = Math.ceil(Math.abs(rise)), turn = rise / steps, slope = run / steps;
            for (let s = 0, c = c0, m = m0; s < steps; s++, c += turn, m += slope)
              counts[(m | 0) * alongMain + (c | 0) * alongCross]++;
          }
        }
      }
    },
    strokes(list, length) {
      const pen = this.flow.pen;
      this.flow.wipe();
      pen.lineWidth = 1.1;
      pen.strokeStyle = length > 150 ? "rgba(0,90,160,0.35)" : "rgba(0,90,160,0.7)";
      for (let k = 0; k < length; k++) {
        pen.beginPath();
        for (let g = 0; g < criteria.length; g++) this.point(pen, g, this.cross[g][list[k]]);
        pen.stroke();
      }
    },
    point(pen, g, spot) {
      if (this.wide) pen.lineTo(this.main[g], spot);
      else pen.lineTo(spot, this.main[g]);
    },
    // At most SAMPLE_LINES of the selection: quick enough for every frame.
    quick() {
      if (state.length <= FEW) {
        this.strokes(state.list, state.length);
      } else {
        this.flow.clear();
        const stride = Math.max(1, Math.ceil(state.length / SAMPLE_LINES));
        this.trace(this.flow, state.list, 0, state.length, stride);
        this.flow.paint();
      }
      this.show();
    },
    // All of the selection, in slices; `until` tells when to stop. True once all is drawn.
    *whole(layer, list, length) {
      if (layer === this.flow && length <= FEW) {
        this.strokes(list, length);
        return;
      }
      layer.clear();
      for (let from = 0; from < length; from += 500) {
        this.trace(layer, list, from, Math.min(length, from + 500), 1);
        yield;
      }
      layer.paint();
    },
    show() {
      const { pen, width, height } = this;
      pen.clearRect(0, 0, width, height);
      pen.drawImage(this.ground.canvas, 0, 0, width, height);
      pen.drawImage(this.flow.canvas, 0, 0, width, height);
      criteria.forEach((c, g) => this.axis(c, g));
      const drawn = data.marks.map((m) => [MARKS[m.kind], m.values.map((v, g) => (v === null ? null : this.spot(criteria[g].at(v))))]);
      for (const [look, spots] of drawn) this.polyline(spots, look.color, 2.2, look.dash, look.shape);
      const shown = state.hover >= 0 ? state.hover : state.picked;
      if (shown >= 0) {
        const spots = this.cross.map((spot) => spot[shown]);
        this.polyline(spots, "#fff", 6, [], null);
        this.polyline(spots, PICK, 3.2, [], "circle");
      }
    },
    polyline(spots, color, width, dash, shape) {
      const { pen } = this;
      pen.beginPath();
      spots.forEach((s, g) => s !== null && this.point(pen, g, s));
      pen.setLineDash(dash);
      pen.lineWidth = width;
      pen.strokeStyle = color;
      pen.stroke();
      pen.setLineDash([]);
      if (shape)
        spots.forEach((s, g) => s !== null && symbol(pen, shape, this.wide ? this.main[g] : s, this.wide ? s : this.main[g], 4.5, color));
    },
    axis(c, g) {
      const { pen, wide, from, to } = this;
      const m = this.main[g];
      pen.strokeStyle = INK;
      pen.lineWidth = 1.2;
      pen.beginPath();
      this.point(pen, g, from);
      this.point(pen, g, to);
      pen.stroke();
      const range = state.ranges[g];
      if (range) {
        const [p, q] = [this.spot(c.at(range[0])), this.spot(c.at(range[1]))].map((s) => Math.min(to, Math.max(from, s)));
        const low = Math.min(p, q), long = Math.max(2, Math.abs(p - q));
        pen.fillStyle = "rgba(230,159,0,0.28)";
        pen.strokeStyle = "#8a5a00";
        const box = wide ? [m - 9, low, 18, long] : [low, m - 9, long, 18];
        pen.fillRect(...box);
        pen.strokeRect(...box);
      }
      for (const [v, text] of ticksOf(c.low, c.high, wide ? 6 : 4)) {
        const s = this.spot(c.at(v));
        if (s < from - 1 || s > to + 1) continue;
        if (wide) write(pen, text, m + (g === criteria.length - 1 ? 8 : -8), s + 4, { size: 11, color: MUTED, align: g === criteria.length - 1 ? "left" : "right" });
        else write(pen, text, s, m + 18, { size: 10.5, color: MUTED, align: "center" });
      }
      if (wide) {
        const edge = g === 0 ? "left" : g === criteria.length - 1 ? "right" : "center";
        const x = g === 0 ? 4 : g === criteria.length - 1 ? this.width - 4 : m;
        const lines = broken(pen, c.head, g === 0 || g === criteria.length - 1 ? this.step * 0.5 + 66 : this.step - 14, 12);
        lines.slice(0, 3).forEach((text, k) => write(pen, text, x, 58 - 15 * (Math.min(3, lines.length) - 1 - k), { align: edge, bold: true }));
        write(pen, words.up, m, 73, { size: 11, color: "#00593f", align: "center" });
      } else {
        write(pen, c.head, from, m - 14, { bold: true, size: 11.5 });
        write(pen, words.right, to, m - 14, { size: 10.5, color: "#00593f", align: "right" });
      }
    },
    // Thin elements over the axes take the drag, so that a finger elsewhere scrolls the page.
    placeHandles() {
      this.handles.replaceChildren(
        ...criteria.map((c, g) => {
          const handle = make("div", { class: "dams-handle" });
          const m = this.main[g];
          handle.style.cssText = this.wide
            ? `left:${m - 22}px;top:${this.from - 6}px;width:44px;height:${this.to - this.from + 12}px;cursor:ns-resize`
            : `left:0;top:${m - 20}px;width:${this.width}px;height:44px;cursor:ew-resize`;
          this.listen(handle, c, g);
          return handle;
        }),
      );
    },
    listen(handle, c, g) {
      const spotOf = (event) => {
        const box = this.canvas.getBoundingClientRect();
        return this.wide ? event.clientY - box.top : event.clientX - box.left;
      };
      let drag = null;
      handle.addEventListener("pointerdown", (event) => {
        const spot = spotOf(event);
        drag = { from: spot, mode: "new" };
        const range = state.ranges[g];
        if (range) {
          const ends = range.map((v) => this.spot(c.at(v))).sort((a, b) => a - b);
          if (Math.abs(spot - ends[0]) < 8) drag = { mode: "new", from: ends[1] };
          else if (Math.abs(spot - ends[1]) < 8) drag = { mode: "new", from: ends[0] };
          else if (spot > ends[0] && spot < ends[1]) drag = { mode: "move", from: spot, ends };
        }
        drag.begun = spot;
        handle.setPointerCapture(event.pointerId);
        event.preventDefault();
      });
      handle.addEventListener("pointermove", (event) => {
        if (!drag) return hovering(event);
        const spot = spotOf(event);
        if (Math.abs(spot - drag.begun) < 3 && !drag.moved) return;
        drag.moved = true;
        const shift = spot - drag.from;
        const ends = drag.mode === "move" ? drag.ends.map((s) => s + shift) : [drag.from, spot];
        brush(g, ends.map((s) => c.value(this.place(s))));
      });
      const release = () => {
        if (!drag) return;
        // A click without a drag takes the range away.
        if (!drag.moved) brush(g, null);
        drag = null;
        settle();
      };
      handle.addEventListener("pointerup", release);
      handle.addEventListener("pointercancel", release);
    },
    // The selected portfolio whose line passes nearest to a point of the canvas.
    nearest(x, y) {
      const along = this.wide ? x : y, across = this.wide ? y : x;
      if (along < this.start - 20 || along > this.end + 20) return -1;
      let g = 0;
      while (g + 2 < criteria.length && along > this.main[g + 1]) g++;
      const share = criteria.length > 1 ? (along - this.main[g]) / (this.main[g + 1] - this.main[g]) : 0;
      const a = this.cross[g], b = this.cross[Math.min(g + 1, criteria.length - 1)];
      let best = -1, least = 12;
      for (let k = 0; k < state.length; k++) {
        const i = state.list[k];
        const away = Math.abs(a[i] + (b[i] - a[i]) * share - across);
        if (away < least) {
          least = away;
          best = i;
        }
      }
      return best;
    },
  };

  // ---- Scatter plots --------------------------------------------------------------------------

  const scatter = {
    canvas: part("scatter"),
    layout() {
      const width = Math.max(280, Math.floor(this.canvas.parentElement.clientWidth));
      const k = criteria.length;
      this.wide = width >= 620;
      this.width = width;
      this.panels = [];
      // Room for the longest number beside the axes, and for two lines of label.
      const longest = Math.max(...criteria.slice(1).flatMap((c) => ticksOf(c.low, c.high, 5).map(([, text]) => text.length)), 3);
      if (this.wide) {
        // Each pair once: rows are the criteria but the first, columns all but the last.
        const columns = k - 1, left = Math.round(46 + 6.6 * longest), gap = 12;
        const w = Math.min(420, Math.floor((width - left - 16 - gap * (columns - 1)) / columns));
        const h = Math.max(96, Math.min(300, Math.round(0.72 * w)));
        for (let row = 0; row < k - 1; row++)
          for (let column = 0; column <= row; column++)
            this.panels.push({
              x: column, y: row + 1, left: left + column * (w + gap), top: 14 + row * (h + gap), w, h,
              labelX: row === k - 2, labelY: column === 0,
            });
        this.height = 14 + (k - 1) * (h + gap) + 44;
      } else {
        // On a phone only the first criterion against each other one.
        const left = Math.round(12 + 6.6 * longest), w = width - left - 12, h = Math.round(0.6 * w);
        for (let row = 1; row < k; row++)
          this.panels.push({ x: 0, y: row, left, top: 30 + (row - 1) * (h + 66), w, h, labelX: true, labelY: true });
        this.height = (k - 1) * (h + 66) + 20;
      }
      this.pen = sharpen(this.canvas, width, this.height);
      this.ground = new Counts(width, this.height, GRAYS);
      this.flow = new Counts(width, this.height, BLUES);
      for (const p of this.panels) {
        p.px = Uint16Array.from(criteria[p.x].places, (v) => p.left + v * (p.w - 1));
        p.py = Uint16Array.from(criteria[p.y].places, (v) => p.top + (1 - v) * (p.h - 1));
      }
      this.groundReady = false;
    },
    *whole(layer, list, length, stride = 1) {
      const { counts, width } = layer;
      layer.clear();
      const drawn = length / stride;
      const dot = drawn < 2500 ? 3 : drawn < 15000 ? 2 : 1;
      for (const p of this.panels) {
        const { px, py } = p;
        for (let k = 0; k < length; k += stride) {
          const i = list[k];
          const at = py[i] * width + px[i];
          if (dot === 1) counts[at]++;
          else for (let dy = 0; dy < dot; dy++) for (let dx = 0; dx < dot; dx++) counts[at + dy * width + dx]++;
        }
        yield;
      }
      layer.paint();
    },
    quick() {
      const stride = Math.max(1, Math.ceil((state.length * this.panels.length) / SAMPLE_POINTS / 4));
      for (const _ of this.whole(this.flow, state.list, state.length, stride));
      this.show();
    },
    show() {
      const { pen, width, height } = this;
      pen.clearRect(0, 0, width, height);
      for (const p of this.panels) this.grid(p);
      pen.drawImage(this.ground.canvas, 0, 0, width, height);
      pen.drawImage(this.flow.canvas, 0, 0, width, height);
      const shown = state.hover >= 0 ? state.hover : state.picked;
      for (const p of this.panels) {
        this.frame(p);
        for (const mark of data.marks) {
          const [x, y] = [mark.values[p.x], mark.values[p.y]];
          if (x === null || y === null) continue;
          const look = MARKS[mark.kind];
          symbol(pen, look.shape, p.left + criteria[p.x].at(x) * p.w, p.top + (1 - criteria[p.y].at(y)) * p.h, 4.5, look.color);
        }
        if (shown >= 0) symbol(pen, "circle", p.px[shown], p.py[shown], 5.5, INK, PICK);
      }
    },
    grid(p) {
      const { pen } = this;
      pen.setLineDash([]);
      pen.strokeStyle = "#edf0f2";
      pen.lineWidth = 1;
      const few = p.w < 150 ? 2 : 4;
      const inside = (c, at) => at >= 0 && at <= 1;
      p.xTicks = ticksOf(criteria[p.x].low, criteria[p.x].high, few).filter(([v]) => inside(criteria[p.x], criteria[p.x].at(v)));
      p.yTicks = ticksOf(criteria[p.y].low, criteria[p.y].high, p.h < 150 ? 3 : 5).filter(([v]) => inside(criteria[p.y], criteria[p.y].at(v)));
      pen.beginPath();
      for (const [v] of p.xTicks) {
        const x = p.left + criteria[p.x].at(v) * p.w;
        pen.moveTo(x, p.top);
        pen.lineTo(x, p.top + p.h);
      }
      for (const [v] of p.yTicks) {
        const y = p.top + (1 - criteria[p.y].at(v)) * p.h;
        pen.moveTo(p.left, y);
        pen.lineTo(p.left + p.w, y);
      }
      pen.stroke();
    },
    frame(p) {
      const { pen } = this;
      const [cx, cy] = [criteria[p.x], criteria[p.y]];
      pen.setLineDash([]);
      pen.strokeStyle = LINE;
      pen.lineWidth = 1;
      pen.strokeRect(p.left + 0.5, p.top + 0.5, p.w, p.h);
      const [rx, ry] = [state.ranges[p.x], state.ranges[p.y]];
      if (rx || ry) {
        const clip = (v) => Math.min(1, Math.max(0, v));
        const xs = (rx ? rx.map((v) => clip(cx.at(v))) : [0, 1]).sort((a, b) => a - b);
        const ys = (ry ? ry.map((v) => clip(cy.at(v))) : [0, 1]).sort((a, b) => a - b);
        pen.strokeStyle = "#8a5a00";
        pen.setLineDash([4, 3]);
        pen.strokeRect(p.left + xs[0] * p.w, p.top + (1 - ys[1]) * p.h, (xs[1] - xs[0]) * p.w, (ys[1] - ys[0]) * p.h);
        pen.setLineDash([]);
      }
      const tall = p.top + p.h;
      if (p.labelX) {
        for (const [v, text] of p.xTicks) write(pen, text, p.left + cx.at(v) * p.w, tall + 15, { size: 10.5, color: MUTED, align: "center" });
        const label = `${cx.head} ${words.arrow}`;
        const lines = broken(pen, label, p.w + 8, 11);
        lines.slice(0, 2).forEach((text, n) => write(pen, text, p.left + p.w / 2, tall + 30 + 13 * n, { size: 11, bold: true, align: "center" }));
      }
      if (p.labelY) {
        for (const [v, text] of p.yTicks) write(pen, text, p.left - 6, p.top + (1 - cy.at(v)) * p.h + 4, { size: 10.5, color: MUTED, align: "right" });
        if (this.wide) {
          pen.save();
          pen.translate(13, p.top + p.h / 2);
          pen.rotate(-Math.PI / 2);
          const lines = broken(pen, `${cy.head} ${words.arrow}`, p.h + 6, 11);
          lines.slice(0, 2).forEach((text, n) => write(pen, text, 0, 13 * n, { size: 11, bold: true, align: "center" }));
          pen.restore();
        } else write(pen, `\u2191 ${cy.head}`, 4, p.top - 8, { size: 11, bold: true });
      }
    },
    panelAt(x, y) {
      return this.panels.find((p) => x >= p.left - 4 && x <= p.left + p.w + 4 && y >= p.top - 4 && y <= p.top + p.h + 4);
    },
    nearest(x, y) {
      const p = this.panelAt(x, y);
      let best = -1, least = 144;
      if (!p) return best;
      for (let k = 0; k < state.length; k++) {
        const i = state.list[k];
        const dx = p.px[i] - x, dy = p.py[i] - y;
        const away = dx * dx + dy * dy;
        if (away < least) {
          least = away;
          best = i;
        }
      }
      return best;
    },
    listen() {
      let drag = null;
      const spot = (event) => {
        const box = this.canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
      };
      this.canvas.addEventListener("pointerdown", (event) => {
        const [x, y] = spot(event);
        const panel = this.panelAt(x, y);
        if (!panel) return;
        drag = { panel, x, y };
        this.canvas.setPointerCapture(event.pointerId);
      });
      this.canvas.addEventListener("pointermove", (event) => {
        if (!drag) return hovering(event);
        const [x, y] = spot(event);
        if (Math.hypot(x - drag.x, y - drag.y) < 5 && !drag.moved) return;
        drag.moved = true;
        const { panel } = drag;
        const clip = (v) => Math.min(1, Math.max(0, v));
        const at = (a, b, start, long) => [a, b].map((v) => clip((v - start) / long));
        brush(panel.x, at(drag.x, x, panel.left, panel.w).map(criteria[panel.x].value));
        brush(panel.y, at(drag.y, y, panel.top, panel.h).map((v) => criteria[panel.y].value(1 - v)));
      });
      const release = (event) => {
        if (!drag) return;
        if (!drag.moved && event.type === "pointerup") pick(this.nearest(drag.x, drag.y));
        drag = null;
        settle();
      };
      this.canvas.addEventListener("pointerup", release);
      this.canvas.addEventListener("pointercancel", release);
    },
  };

  // ---- The basin ------------------------------------------------------------------------------

  const basin = {
    canvas: part("basin"),
    points: shortsOf(data.basin.points),
    ends: wordsOf(data.basin.ends),
    owners: shortsOf(data.basin.owners),
    layout() {
      const room = Math.max(280, Math.floor(this.canvas.parentElement.clientWidth));
      const { width, height, located } = data.basin;
      const pad = 16, extra = located ? 0 : 70;
      let scale = (room - 2 * pad - extra) / width;
      if (located && height * scale > 620) scale = 620 / height;
      this.across = scale;
      // The tree is legible at 17 pixels a row, however narrow the page is.
      this.down = located ? scale : Math.max(scale, 0.2);
      this.pad = pad;
      this.width = room;
      this.height = Math.round(height * this.down + 2 * pad);
      this.pen = sharpen(this.canvas, room, this.height);
      this.spots = data.basin.dams.map((d) => d && [pad + d[0] * this.across, pad + d[1] * this.down]);
      const paths = new Map();
      let from = 0;
      this.ends.forEach((end, line) => {
        const owner = this.owners[line];
        if (!paths.has(owner)) paths.set(owner, new Path2D());
        const path = paths.get(owner);
        for (let k = from; k < end; k++) {
          const x = pad + this.points[2 * k] * this.across, y = pad + this.points[2 * k + 1] * this.down;
          if (k === from) path.moveTo(x, y);
          else path.lineTo(x, y);
        }
        from = end;
      });
      this.paths = paths;
    },
    show(free, shares) {
      const { pen } = this;
      const lookedAt = state.hover >= 0 ? state.hover : state.picked;
      pen.clearRect(0, 0, this.width, this.height);
      pen.lineCap = "round";
      pen.lineJoin = "round";
      for (const [component, path] of this.paths) {
        const share = free[component];
        pen.setLineDash(share > 0 ? [] : [5, 4]);
        pen.lineWidth = share > 0 ? 1.4 + 1.8 * share : 1.3;
        const mix = (a, b) => Math.round(a + (b - a) * share);
        pen.strokeStyle = share > 0 ? `rgb(${mix(170, 0)},${mix(180, 114)},${mix(190, 178)})` : "#9a8f86";
        pen.stroke(path);
      }
      pen.setLineDash([]);
      this.spots.forEach((spot, d) => {
        if (!spot) return;
        const dam = dams[d];
        const [x, y] = spot;
        const share = shares[d];
        if (dam.status === "built") symbol(pen, "square", x, y, 4.5, INK);
        else if (dam.status === "forbidden") {
          pen.strokeStyle = INK;
          pen.lineWidth = 1.6;
          pen.beginPath();
          pen.moveTo(x - 4, y - 4);
          pen.lineTo(x + 4, y + 4);
          pen.moveTo(x - 4, y + 4);
          pen.lineTo(x + 4, y - 4);
          pen.stroke();
        } else {
          // The fuller the circle, the more of the selection builds this dam.
          symbol(pen, "circle", x, y, 6, VERMILION, "#fff");
          if (share > 0) {
            pen.beginPath();
            pen.moveTo(x, y);
            pen.arc(x, y, 6, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * share);
            pen.fillStyle = VERMILION;
            pen.fill();
          }
        }
        if (state.demands[d]) {
          pen.beginPath();
          pen.arc(x, y, 10, 0, 2 * Math.PI);
          pen.lineWidth = 2;
          pen.strokeStyle = state.demands[d] > 0 ? "#00593f" : "#8a5a00";
          pen.setLineDash(state.demands[d] > 0 ? [] : [3, 3]);
          pen.stroke();
          pen.setLineDash([]);
        }
      });
      if (this.named >= 0 && this.spots[this.named]) {
        const [x, y] = this.spots[this.named];
        const text = `${dams[this.named].title} · ${lookedAt >= 0 ? (shares[this.named] ? words.stands : words.absent) : percent(shares[this.named])}`;
        const right = x < this.width / 2;
        write(pen, text, x + (right ? 11 : -11), y - 8, { bold: true, align: right ? "left" : "right" });
      }
    },
    named: -1,
    damAt(event) {
      const box = this.canvas.getBoundingClientRect();
      const x = event.clientX - box.left, y = event.clientY - box.top;
      let best = -1, least = 18;
      this.spots.forEach((spot, d) => {
        const away = spot ? Math.hypot(spot[0] - x, spot[1] - y) : Infinity;
        if (away < least) {
          least = away;
          best = d;
        }
      });
      return best;
    },
    listen() {
      this.canvas.addEventListener("pointermove", (event) => {
        const found = this.damAt(event);
        if (found === this.named) return;
        this.named = found;
        this.canvas.style.cursor = found >= 0 ? "pointer" : "default";
        ask("look");
      });
      this.canvas.addEventListener("click", (event) => {
        const found = this.damAt(event);
        if (found >= 0) demand(found, { 0: 1, 1: -1 }[state.demands[found]] || 0);
      });
    },
  };

  // ---- The list of dams -----------------------------------------------------------------------

  // What is still open comes first; dams that exist stand in every portfolio.
  const order = dams.map((_, d) => d).sort((a, b) => (dams[a].status === "built") - (dams[b].status === "built") || a - b);
  const rows = [];
  for (const d of order) {
    const dam = dams[d];
    const bar = make("span", { class: "dams-bar", "aria-hidden": "true" }, make("i"));
    const share = make("td", { class: "n" });
    const buttons = [1, -1].map((way) => {
      const label = way > 0 ? words.with : words.without;
      const button = make("button", { type: "button", "aria-pressed": "false", "aria-label": `${label}: ${dam.title}` }, label);
      button.addEventListener("click", () => demand(d, state.demands[d] === way ? 0 : way));
      return button;
    });
    const row = make(
      "tr",
      {},
      make("th", { scope: "row" }, dam.title, make("span", { class: "small" }, ` ${words[`status-${dam.status}`] || dam.status}${dam.river ? ` · ${dam.river}` : ""}`)),
      share,
      make("td", {}, bar),
      make("td", { class: "dams-with" }, ...buttons),
    );
    part("dams").append(row);
    rows[d] = { row, share, fill: bar.firstChild, buttons, text: "" };
  }

  const showList = (shares) => {
    rows.forEach((row, d) => {
      const share = shares[d];
      const text = state.length === 0 ? "–" : share === 1 ? words.always : share === 0 ? words.never : percent(share);
      if (text !== row.text) {
        row.text = text;
        row.share.textContent = text;
        row.row.className = share === 1 ? "always" : share === 0 ? "never" : "";
      }
      row.fill.style.width = `${(100 * share).toFixed(1)}%`;
      row.buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(state.demands[d] === (k ? -1 : 1))));
    });
  };

  // ---- Ranges, counts, the portfolio looked at ------------------------------------------------

  const inputs = criteria.map((c, g) => {
    const ends = ["from", "to"].map((end) => {
      const input = make("input", { type: "number", step: "any", "aria-label": `${c.head}: ${words[end]}` });
      input.addEventListener("change", () => {
        const typed = inputs[g].ends.map((e) => e.value.trim());
        const low = typed[0] === "" ? -Infinity : Number(typed[0]);
        const high = typed[1] === "" ? Infinity : Number(typed[1]);
        brush(g, typed[0] === "" && typed[1] === "" ? null : [low, high]);
        settle();
      });
      return input;
    });
    const spread = make("td", { class: "n" });
    const sign = c.sense === "max" ? words.more : words.less;
    part("ranges").append(
      make("tr", {}, make("th", { scope: "row" }, c.head, make("span", { class: "small" }, ` ${sign}`)), make("td", {}, ends[0]), make("td", {}, ends[1]), spread),
    );
    return { ends, spread };
  });

  const showRanges = () => {
    criteria.forEach((c, g) => {
      const range = state.ranges[g];
      inputs[g].ends.forEach((input, k) => {
        if (document.activeElement === input) return;
        const open = !range || !Number.isFinite(range[k]);
        input.value = open ? "" : String(Number(range[k].toFixed(c.digits)));
      });
      let low = Infinity, high = -Infinity;
      for (let k = 0; k < state.length; k++) {
        const v = c.values[state.list[k]];
        if (v < low) low = v;
        if (v > high) high = v;
      }
      inputs[g].spread.textContent = state.length ? `${number(low, c.digits)} – ${number(high, c.digits)}` : "–";
    });
  };

  const status = part("status");
  const showCount = () => {
    status.textContent = fill(words.count, { selected: number(state.length, 0), total: number(count, 0) });
    part("empty").hidden = state.length > 0;
    part("csv").disabled = state.length === 0;
  };

  const optionOf = (d, i) => {
    const k = dams[d].options.findIndex((bits) => has(bits, i));
    return has(dams[d].stands, i) ? Math.max(1, k + 1) : 0;
  };
  let told = -2;
  const showPicked = () => {
    const i = state.hover >= 0 ? state.hover : state.picked;
    if (i === told) return;
    told = i;
    const box = part("picked");
    if (i < 0) {
      box.replaceChildren(make("p", { class: "small" }, words.nothing));
      return;
    }
    const row = rowNumbers ? rowNumbers[i] : i;
    const stop = data.stops.find((s) => s.row === i);
    const values = make("dl");
    for (const c of criteria) values.append(make("dt", {}, c.title), make("dd", {}, `${number(c.values[i], c.digits)} ${c.unit}`));
    const names = (wanted) =>
      dams.flatMap((dam, d) => {
        const option = optionOf(d, i);
        if (!option || (dam.status === "built") !== wanted) return [];
        return [dam.options.length ? `${dam.title} (${fill(words.option, { k: option })})` : dam.title];
      });
    const lists = [[words.fresh, names(false)], [words.standing, names(true)]].map(([head, found]) =>
      make("p", {}, make("strong", {}, `${head} (${found.length}): `), found.join(", ") || "–"),
    );
    box.replaceChildren(make("h4", {}, fill(words.portfolio, { row: number(row + 1, 0) }), stop ? ` · ${stop.label}` : ""), values, ...lists);
  };

  // ---- Joining the views ----------------------------------------------------------------------

  let shares = dams.map(() => 0), free = data.tree.below.map(() => 1);
  const summarize = () => {
    select();
    shares = dams.map((d) => (state.length ? shared(state.selected, d.stands) / state.length : 0));
    free = freeShares();
  };
  const showBasin = () => {
    const i = state.hover >= 0 ? state.hover : state.picked;
    if (i < 0) basin.show(free, shares);
    else basin.show(freeIn(i), dams.map((d) => has(d.stands, i)));
  };

  // One update while the pointer drags: counts, list, basin, and a sample in the pictures.
  const update = () => {
    const begun = performance.now();
    state.hover = -1;
    if (state.picked >= 0 && state.length && !has(state.selected, state.picked)) state.picked = -1;
    summarize();
    parallel.quick();
    scatter.quick();
    showList(shares);
    showRanges();
    showCount();
    showPicked();
    showBasin();
    return performance.now() - begun;
  };
  const look = () => {
    parallel.show();
    scatter.show();
    showPicked();
    showBasin();
  };

  // Drawing everything goes on in slices between frames, and starts anew when something changes.
  let work = null;
  const settle = () => {
    work = (function* () {
      for (const view of [parallel, scatter]) {
        if (!view.groundReady) {
          const all = Uint32Array.from({ length: count }, (_, i) => i);
          yield* view.whole(view.ground, all, count);
          view.groundReady = true;
          view.show();
        }
        yield* view.whole(view.flow, state.list, state.length);
        view.show();
      }
    })();
    ask("work");
  };

  const asked = new Set();
  const ask = (what) => {
    if (asked.size === 0) requestAnimationFrame(frame);
    asked.add(what);
  };
  const frame = () => {
    const wants = new Set(asked);
    asked.clear();
    if (wants.has("update")) {
      work = null;
      update();
    } else if (wants.has("look")) look();
    if (!work) return;
    const end = performance.now() + SLICE;
    let step = { done: false };
    while (!step.done && performance.now() < end) step = work.next();
    if (step.done) work = null;
    else ask("work");
  };

  const brush = (index, range) => {
    setRange(index, range && [Math.min(...range), Math.max(...range)]);
    ask("update");
  };
  const demand = (d, way) => {
    state.demands[d] = way;
    ask("update");
    requestAnimationFrame(settle);
  };
  const pick = (i) => {
    state.picked = i === state.picked ? -1 : i;
    state.hover = -1;
    ask("look");
  };
  const hovering = (event) => {
    if (event.pointerType === "touch") return;
    const view = scatter.canvas.contains(event.target) ? scatter : parallel;
    const box = view.canvas.getBoundingClientRect();
    const found = view.nearest(event.clientX - box.left, event.clientY - box.top);
    if (found === state.hover) return;
    state.hover = found;
    ask("look");
  };
  const clear = () => {
    criteria.forEach((_, g) => setRange(g, null));
    state.demands.fill(0);
    state.picked = -1;
    ask("update");
    requestAnimationFrame(settle);
  };

  // The selection as a table: what a spreadsheet opens, and a script reads.
  const csv = () => {
    const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const heads = ["portfolio", ...criteria.map((c) => (c.unit ? `${c.name} [${c.unit}]` : c.name)), ...dams.map((d) => `dam_${d.id}`)];
    const lines = [heads.map(quoted).join(",")];
    for (let k = 0; k < state.length; k++) {
      const i = state.list[k];
      const cells = [rowNumbers ? rowNumbers[i] + 1 : i + 1];
      // Seven digits are what 32-bit floats hold.
      for (const c of criteria) cells.push(Number(c.values[i].toPrecision(7)));
      for (let d = 0; d < dams.length; d++) cells.push(optionOf(d, i));
      lines.push(cells.join(","));
    }
    return `\ufeff${lines.join("\n")}\n`;
  };
  const save = () => {
    const link = make("a", { download: `${data.name}-portfolios.csv` });
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const walk = (event) => {
    const ways = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key === "Escape") clear();
    if (!(event.key in ways) || !state.length) return;
    event.preventDefault();
    const at = state.list.subarray(0, state.length).indexOf(state.picked);
    const next = at < 0 ? 0 : (at + ways[event.key] + state.length) % state.length;
    state.hover = -1;
    state.picked = state.list[next];
    ask("look");
  };

  part("clear").addEventListener("click", clear);
  part("csv").addEventListener("click", save);
  parallel.canvas.addEventListener("pointermove", hovering);
  parallel.canvas.addEventListener("click", (event) => {
    const box = parallel.canvas.getBoundingClientRect();
    pick(parallel.nearest(event.clientX - box.left, event.clientY - box.top));
  });
  for (const view of [parallel, scatter]) {
    view.canvas.addEventListener("keydown", walk);
    view.canvas.addEventListener("pointerleave", () => {
      state.hover = -1;
      ask("look");
    });
  }
  for (const stop of data.stops) {
    const button = make("button", { type: "button" }, stop.label);
    button.addEventListener("click", () => {
      state.picked = stop.row;
      state.hover = -1;
      ask("look");
    });
    part("stops").append(button);
  }

  const layout = () => {
    for (const view of [parallel, scatter, basin]) view.layout();
    update();
    settle();
  };
  root.hidden = false;
  document.documentElement.classList.add("dams-live");
  scatter.listen();
  basin.listen();
  layout();
  let lastWidth = root.clientWidth;
  window.addEventListener("resize", () => {
    if (root.clientWidth === lastWidth) return;
    lastWidth = root.clientWidth;
    layout();
  });

  // For scripts: each call changes the selection at once. `brush` and `demand` return how many
  // portfolios are left and the milliseconds that the change and its drawing took; `finish` draws
  // all of them without waiting for frames and returns its milliseconds.
  const changed = () => {
    const ms = update();
    settle();
    return { selected: state.length, ms };
  };
  window.damStudy = {
    brush(name, low = -Infinity, high = Infinity) {
      const begun = performance.now();
      const index = criteria.findIndex((c) => c.name === name);
      setRange(index, low === -Infinity && high === Infinity ? null : [low, high]);
      const before = performance.now() - begun;
      const result = changed();
      return { ...result, ms: result.ms + before };
    },
    demand(id, way) {
      state.demands[dams.findIndex((d) => d.id === id)] = { with: 1, without: -1 }[way] || 0;
      return changed();
    },
    clear,
    csv,
    pick: (row) => pick(row),
    selected: () => state.list.slice(0, state.length),
    values: (name) => criteria.find((c) => c.name === name).values,
    stands: (id, i) => optionOf(dams.findIndex((d) => d.id === id), i),
    shares: () => Object.fromEntries(dams.map((d, k) => [d.id, shares[k]])),
    free: () => free.slice(),
    finish() {
      const begun = performance.now();
      settle();
      for (const _ of work);
      work = null;
      return performance.now() - begun;
    },
  };
})();
