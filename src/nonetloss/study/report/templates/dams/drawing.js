// How pictures are drawn: counts per pixel, and signs and letters on top.

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
// The letter of a plan beside its symbol.
const lettered = (pen, mark, x, y) => {
  if (mark.badge) write(pen, mark.badge, x + 7, y - 3, { size: 11, color: MARKS[mark.kind].color, bold: true });
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
