// Parallel axes: one line per portfolio, ranges dragged along the axes.

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
    for (const mark of data.marks) {
      const look = MARKS[mark.kind];
      const spots = mark.values.map((v, g) => (v === null ? null : this.spot(criteria[g].at(v))));
      this.polyline(spots, look.color, 2.2, look.dash, look.shape);
      spots.forEach((s, g) => s !== null && lettered(pen, mark, this.wide ? this.main[g] : s, this.wide ? s : this.main[g]));
    }
    const shown = state.hover >= 0 ? state.hover : state.picked;
    if (shown >= 0) {
      const spots = this.cross.map((spot) => spot[shown]);
      this.polyline(spots, "#fff", 6, [], null);
      this.polyline(spots, PICK, 3.2, [], "circle");
    }
    criteria.forEach((c, g) => this.labels(c, g));
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
  },
  // Numbers and heads stand over the lines.
  labels(c, g) {
    const { pen, wide, from, to } = this;
    const m = this.main[g];
    for (const [v, text] of ticksOf(c.low, c.high, wide ? 6 : 4)) {
      const s = this.spot(c.at(v));
      if (s < from - 1 || s > to + 1) continue;
      if (!wide) write(pen, text, s, m + 18, { size: 10.5, align: "center" });
      else if (g === criteria.length - 1) write(pen, text, m + 8, s + 4, { size: 11 });
      else write(pen, text, m - 8, s + 4, { size: 11, align: "right" });
    }
    if (wide) {
      const edge = g === 0 ? "left" : g === criteria.length - 1 ? "right" : "center";
      const x = g === 0 ? 4 : g === criteria.length - 1 ? this.width - 4 : m;
      const lines = broken(pen, c.head, g === 0 || g === criteria.length - 1 ? this.step * 0.5 + 66 : this.step - 14, 12);
      const shown = lines.slice(0, 3);
      shown.forEach((text, k) => {
        write(pen, text, x, 58 - 15 * (shown.length - 1 - k), { align: edge, bold: true });
      });
      write(pen, words.up, m, 73, { size: 11, color: "#00593f", align: "center" });
    } else {
      write(pen, c.head, from, m - 14, { bold: true, size: 11.5 });
      // The direction is the same on all axes: said once, then shown.
      const better = g === 0 ? words.right : "\u2192";
      write(pen, better, to, m - 14, { size: 10.5, color: "#00593f", align: "right" });
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
