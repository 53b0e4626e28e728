// Draws the figures that the server describes, in the colours and the type of the page. Loaded only where there is a chart.
// A figure says its colours by name ("marketing", "sales-tint", "ink-3"): they follow the theme.

const NAMES = ["paper", "card", "line", "line-soft", "ink", "ink-2", "ink-3", "marketing", "marketing-tint", "sales", "sales-tint",
  "kept", "kept-tint", "risk", "risk-tint", "broken", "broken-tint", "primary"];
const COLOUR_KEYS = /color$|^colors$|colorway|colorscale/;
const drawn = new Map();
let ready;

function tokens() {
  const probe = document.body.appendChild(document.createElement("span"));
  const read = Object.fromEntries(NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return read;
}

function coloured(value, palette, isColour = false) {
  if (Array.isArray(value)) return value.map((one) => coloured(one, palette, isColour));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one, palette, COLOUR_KEYS.test(key))]));
  return isColour && typeof value === "string" && value in palette ? palette[value] : value;
}

function merged(base, over) {
  if (!over || typeof over !== "object" || Array.isArray(over)) return over === undefined ? base : over;
  const result = { ...(base && typeof base === "object" && !Array.isArray(base) ? base : {}) };
  for (const [key, value] of Object.entries(over)) result[key] = merged(result[key], value);
  return result;
}

// A name of a category takes about this much room; more of them than fit would be written over each other.
const NAME_WIDTH = 88;

function layout(given, palette, width) {
  const style = getComputedStyle(document.body);
  const size = parseFloat(style.fontSize);
  const axis = {
    gridcolor: palette["line-soft"], zeroline: false, showline: false, ticks: "", automargin: true, fixedrange: true,
    tickfont: { color: palette["ink-3"], size: size * 0.82 }, title: { font: { color: palette["ink-2"], size: size * 0.88 } },
  };
  const base = {
    autosize: true, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 8, r: 8, t: 8, b: 8, pad: 4 },
    font: { family: style.fontFamily, size: size * 0.88, color: palette["ink-2"] }, colorway: [palette.marketing, palette.sales, palette["ink-2"], palette["ink-3"]],
    showlegend: false, legend: { orientation: "h", x: 0, y: 1.08, yanchor: "bottom" }, hovermode: "x unified", dragmode: false, bargap: 0.28,
    hoverlabel: { bgcolor: palette.card, bordercolor: palette.line, font: { family: style.fontFamily, size: size * 0.88, color: palette.ink } },
    separators: ".,",
  };
  const full = merged(base, given);
  const axes = new Set(["xaxis", "yaxis", ...Object.keys(given).filter((key) => /^[xy]axis\d*$/.test(key))]);
  for (const name of axes) full[name] = merged(name.startsWith("x") ? { ...axis, showgrid: false } : axis, given[name]);
  if (full.xaxis.type === "category" && full.xaxis.nticks) full.xaxis.nticks = Math.max(2, Math.min(full.xaxis.nticks, Math.floor(width / NAME_WIDTH)));
  return full;
}

const CONFIG = { displayModeBar: false, responsive: true, showTips: false, scrollZoom: false, doubleClick: false, locale: "en" };

// Plotly would write the styles of its maps into the page unless an element of this id is there; no chart of ours is a map,
// and the content security policy would refuse them aloud.
const MAP_STYLES = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";

function load({ dataset: { plotly, sheet } }) {
  document.head.append(Object.assign(document.createElement("meta"), { id: MAP_STYLES }));
  // Plotly adds its rules to the sheet it finds under this id; a sheet from a file is what the content security policy allows.
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: sheet, id: "plotly.js-style-global" });
  const script = Object.assign(document.createElement("script"), { src: plotly });
  const loaded = (node) => new Promise((resolve, reject) => { node.onload = resolve; node.onerror = reject; document.head.append(node); });
  return loaded(link).then(() => loaded(script));
}

async function paint(canvas) {
  const palette = tokens();
  const figure = drawn.get(canvas);
  const given = coloured(figure.layout ?? {}, palette);
  delete given.template;
  await window.Plotly.react(canvas, coloured(figure.data ?? [], palette), layout(given, palette, canvas.clientWidth), CONFIG);
}

async function start(canvas) {
  try {
    ready ??= load(canvas);
    const [answer] = await Promise.all([fetch(canvas.dataset.figure, { headers: { Accept: "application/json" } }), ready]);
    if (!answer.ok) throw new Error(`${answer.status}`);
    drawn.set(canvas, await answer.json());
    await paint(canvas);
    canvas.dataset.state = "drawn";
    canvas.on("plotly_click", ({ points: [point] }) => {
      // A point that carries an address opens the records behind it; only addresses of this site are followed.
      const address = [point.customdata].flat().find((one) => typeof one === "string" && /^\/(?!\/)/.test(one));
      if (address) location.assign(address);
    });
  } catch {
    canvas.dataset.state = "failed";
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) { seen.unobserve(target); start(target); }
}, { rootMargin: "300px" });

export function draw(canvas) {
  if (canvas.dataset.state !== "waiting") return;
  canvas.dataset.state = "loading";
  seen.observe(canvas);
}

document.addEventListener("theme-change", () => {
  for (const canvas of drawn.keys()) {
    if (canvas.isConnected) paint(canvas);
    else { window.Plotly.purge(canvas); drawn.delete(canvas); }
  }
});
