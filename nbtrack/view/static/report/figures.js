// @ts-check
/** Figures of plotly, drawn when they come into sight by the plotly.js that the file carries once. */
import { readIsland } from "../compare/island.js";

/** @typedef {{newPlot: (place: HTMLElement, data: any[], layout: any, config: any) => Promise<any>, relayout: (place: HTMLElement, change: any) => Promise<any>, Plots: {resize: (place: HTMLElement) => void}}} Plotly */

/** @type {Promise<Plotly> | null} */
let loading = null;

/** Draw each where it comes into sight. */
export function drawFigures() {
  const packed = document.getElementById("nbt-report-plotly");
  const figures = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".nbt-plotly")]);
  if (!packed || !figures.length) return;
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes)
        if (isIntersecting) {
          observer.unobserve(target);
          draw(/** @type {HTMLElement} */ (target), packed);
        }
    },
    { rootMargin: "300px 0px" },
  );
  for (const figure of figures) observer.observe(figure);
}

/** What stood there stays where the figure cannot be drawn. @param {HTMLElement} figure @param {HTMLElement} packed */
async function draw(figure, packed) {
  const plain = figure.querySelector(".nbt-plotly-plain");
  const place = document.createElement("div");
  place.className = "nbt-plotly-drawn";
  try {
    const data = await readIsland(figure.querySelector(".nbt-plotly-data")?.textContent ?? "");
    const plotly = await (loading ??= load(packed));
    figure.append(place);
    await plotly.newPlot(place, data.data, { ...data.layout, autosize: true, width: undefined, height: Number(figure.dataset.height) }, CONFIG);
    plain?.remove();
    new ResizeObserver(() => place.clientWidth && plotly.Plots.resize(place)).observe(figure);
  } catch (problem) {
    place.remove();
    console.warn("nbtrack: this figure stays as it was written.", problem);
  }
}

/** Nothing in it leads out of the page. */
const CONFIG = { displaylogo: false, showLink: false, showSendToCloud: false, plotlyServerURL: "", responsive: false, modeBarButtonsToRemove: ["sendDataToCloud"] };

/** Run plotly.js, as an inline script whose hash the page's policy names. @param {HTMLElement} packed @returns {Promise<Plotly>} */
async function load(packed) {
  const letters = atob(packed.textContent ?? "");
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  const script = document.createElement("script");
  script.textContent = text;
  document.head.append(script);
  const found = /** @type {any} */ (window).Plotly;
  if (!found) throw new Error("plotly.js did not start");
  return found;
}
