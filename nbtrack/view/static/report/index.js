// @ts-check
/** What a report does where scripts run; without them it is whole, and still. It asks nothing of the network. */
import { arriving } from "./arriving.js";
import { drawFigures } from "./figures.js";
import { fitFrames } from "./frames.js";
import { readIsland } from "../compare/island.js";
import { followContents } from "./contents.js";
import { drawPages } from "./pages.js";
import { printing } from "./printing.js";
import { offerTools } from "./tools.js";
import { drawCharts } from "./charts.js";
import { offerTheme } from "./theme.js";

/** Each part by itself: what one cannot do must not cost the others. @param {...(() => unknown)} parts */
function each(...parts) {
  for (const part of parts)
    Promise.resolve()
      .then(part)
      .catch((problem) => console.warn("nbtrack: a part of this report stays as it was written.", problem));
}

const data = (/** @type {string} */ id) => readIsland(document.getElementById(id)?.textContent ?? "");

document.documentElement.dataset.scripted = "";
each(
  offerTheme,
  followContents,
  () => drawPages(() => data("nbt-report-pages")),
  offerTools,
  () => drawCharts(() => data("nbt-report-data")),
  drawFigures,
  fitFrames,
  printing,
  arriving, // last: what a link leads to may be drawn by the others
);
