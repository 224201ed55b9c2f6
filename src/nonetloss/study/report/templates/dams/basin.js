// The basin: rivers by how often they stay connected, dams by how often they stand.

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
      const share = shares[this.named];
      const state = lookedAt < 0 ? percent(share) : share ? words.stands : words.absent;
      const text = `${dams[this.named].title} · ${state}`;
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
