// Scatter plots of pairs of criteria, rectangles dragged over them.

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
        const px = p.left + criteria[p.x].at(x) * p.w, py = p.top + (1 - criteria[p.y].at(y)) * p.h;
        symbol(pen, look.shape, px, py, 4.5, look.color);
        lettered(pen, mark, px, py);
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
    const inside = (c, wanted) =>
      ticksOf(c.low, c.high, wanted).filter(([v]) => c.at(v) >= 0 && c.at(v) <= 1);
    p.xTicks = inside(criteria[p.x], few);
    p.yTicks = inside(criteria[p.y], p.h < 150 ? 3 : 5);
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
      lines.slice(0, 2).forEach((text, n) => {
        const y = tall + 30 + 13 * n;
        write(pen, text, p.left + p.w / 2, y, { size: 11, bold: true, align: "center" });
      });
    }
    if (p.labelY) {
      for (const [v, text] of p.yTicks) {
        const y = p.top + (1 - cy.at(v)) * p.h + 4;
        write(pen, text, p.left - 6, y, { size: 10.5, color: MUTED, align: "right" });
      }
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
