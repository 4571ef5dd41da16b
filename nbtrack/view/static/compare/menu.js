// @ts-check
/** Menus and small panels that open at a button, above everything, and give the focus back when they close. */
import { h } from "./dom.js";

/** @typedef {{text: string, act: () => void, checked?: boolean, hint?: string} | null} Item  null is a line between items */

/** Open a panel below an element. It closes by Escape and by a press beside it.
 * @param {HTMLElement} anchor @param {HTMLElement} panel @param {() => void} [closed] @returns {() => void} closes it */
export function openPanel(anchor, panel, closed) {
  const home = anchor.closest(".nbt-app") ?? document.body;
  panel.popover = "auto";
  panel.classList.add("nbt-popover");
  const close = () => panel.hidePopover();
  panel.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    panel.remove();
    closed?.();
  });
  home.append(panel);
  panel.showPopover();
  place(panel, anchor.getBoundingClientRect());
  return close;
}

/** Below the anchor, or above where there is more room; never beyond the window. @param {HTMLElement} panel @param {DOMRect} at */
function place(panel, at) {
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = innerHeight - at.bottom;
  const top = below >= height + 8 || below >= at.top ? at.bottom + 2 : Math.max(4, at.top - height - 2);
  const left = at.left > innerWidth / 2 ? at.right - width : at.left;
  panel.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
  panel.style.top = `${top}px`;
  panel.style.maxHeight = `${Math.max(120, innerHeight - top - 8)}px`;
}

/** Open a menu; arrow keys, Home, End and first letters walk it. @param {HTMLElement} anchor @param {string} label @param {Item[]} items @param {() => void} back gives the focus back */
export function openMenu(anchor, label, items, back) {
  const menu = h("div", { role: "menu", class: "nbt-menu", "aria-label": label, onkeydown: (event) => walk(event) });
  const entries = items.map((item) => (item ? entry(item) : h("hr", { role: "separator" })));
  const buttons = /** @type {HTMLElement[]} */ (entries.filter((element) => element.tagName === "BUTTON"));
  menu.append(h("div", { class: "nbt-menu-title", "aria-hidden": "true", text: label }), ...entries);
  const close = openPanel(anchor, menu);
  buttons[0]?.focus();

  /** @param {NonNullable<Item>} item */
  function entry({ text, act, checked, hint }) {
    const role = checked === undefined ? "menuitem" : "menuitemradio";
    const press = () => {
      close();
      back();
      act();
    };
    const state = { role, "aria-checked": checked === undefined ? null : String(checked), tabindex: "-1" };
    return h(
      "button",
      { type: "button", ...state, onclick: press },
      h("span", { text }),
      hint && h("kbd", { text: hint, "aria-hidden": "true" }),
    );
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    event.stopPropagation();
    const { key } = event;
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key] ?? beginning(key, at);
    if (key === "Escape" || key === "Tab") {
      close();
      back();
    } else if (to === undefined) return;
    else buttons.at(to % buttons.length)?.focus();
    event.preventDefault();
  }

  /** @param {string} key @param {number} at @returns {number | undefined} the next item that begins with the letter */
  function beginning(key, at) {
    if (key.length !== 1 || key === " ") return undefined;
    const turned = buttons.map((_, n) => (at + 1 + n) % buttons.length);
    return turned.find((n) => buttons[n].textContent?.toLowerCase().startsWith(key.toLowerCase()));
  }
}
