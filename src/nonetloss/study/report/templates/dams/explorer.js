// The views joined: one selection, drawn quickly while it changes and whole when it rests.

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
