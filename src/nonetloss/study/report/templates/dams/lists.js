// The list of dams, the ranges as numbers, the portfolio looked at.

// ---- The list of dams --------------------------------------------------------------------------

// What is still open comes first; dams that exist stand in every portfolio.
const order = dams.map((_, d) => d).sort((a, b) => (dams[a].status === "built") - (dams[b].status === "built") || a - b);
const rows = [];
for (const d of order) {
  const dam = dams[d];
  const bar = make("span", { class: "dams-bar", "aria-hidden": "true" }, make("i"));
  const share = make("td", { class: "n" });
  const about = [words[`status-${dam.status}`] || dam.status, dam.river].filter(Boolean).join(" · ");
  const buttons = [1, -1].map((way) => {
    const label = way > 0 ? words.with : words.without;
    const button = make("button", { type: "button", "aria-pressed": "false", "aria-label": `${label}: ${dam.title}` }, label);
    button.addEventListener("click", () => demand(d, state.demands[d] === way ? 0 : way));
    return button;
  });
  const row = make(
    "tr",
    {},
    make("th", { scope: "row" }, dam.title, make("span", { class: "small" }, ` ${about}`)),
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

// ---- Ranges, counts, the portfolio looked at ---------------------------------------------------

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
    make(
      "tr",
      {},
      make("th", { scope: "row" }, c.head, make("span", { class: "small" }, ` ${sign}`)),
      ...ends.map((input) => make("td", {}, input)),
      spread,
    ),
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
  for (const c of criteria) {
    const shown = `${number(c.values[i], c.digits)} ${c.unit}`;
    values.append(make("div", {}, make("dt", {}, c.title), make("dd", {}, shown)));
  }
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
