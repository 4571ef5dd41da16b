// @ts-check
/** A choice of light and dark beside what the system says; kept only as long as the page is open. */
import { h } from "../compare/dom.js";

/** @typedef {"" | "light" | "dark"} Theme */
const NAMES = /** @type {const} */ ({ "": "Auto", light: "Light", dark: "Dark" });

/** Put the choice in its place. */
export function offerTheme() {
  const place = document.getElementById("nbt-theme");
  const buttons = /** @type {Theme[]} */ (["", "light", "dark"]).map((theme) =>
    h("button", { type: "button", text: NAMES[theme], "data-theme": theme, "aria-pressed": String(theme === ""), onclick: () => choose(theme, buttons) }),
  );
  place?.append(h("div", { role: "group", "aria-label": "Colours" }, ...buttons));
}

/** The attribute is the one by which the comparison's style knows the theme of its host.
 * @param {Theme} theme @param {HTMLElement[]} buttons */
function choose(theme, buttons) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
  const { dataset } = document.documentElement;
  if (theme) dataset.jpThemeLight = String(theme === "light");
  else delete dataset.jpThemeLight;
}
