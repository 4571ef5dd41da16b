// @ts-check
/** Where a person is in a panel - what has the focus, how far everything is scrolled - kept while it is drawn anew. */

// What is `data-anchored` keeps its own place: the table, whose rows are written anew for other runs.
const SCROLLED = ".nbt-scroll:not([data-anchored]), .nbt-wide, .nbt-code, [data-scrolls]";

/** Draw, and leave the person where they were. @param {HTMLElement} panel @param {() => void} work */
export function keepPlace(panel, work) {
  const focus = focused(panel);
  const boxes = scrolled(panel).map((box) => [box.scrollLeft, box.scrollTop]);
  const { height } = panel.getBoundingClientRect();
  panel.style.minHeight = `${height}px`;
  work();
  scrolled(panel).forEach((box, at) => boxes[at] && moveTo(box, boxes[at]));
  panel.style.minHeight = "";
  focus?.();
}

/** @param {HTMLElement} panel @returns {Element[]} */
const scrolled = (panel) => [...panel.querySelectorAll(SCROLLED)];

/** @param {Element} box @param {number[]} to */
function moveTo(box, [left, top]) {
  if (box.scrollLeft !== left) box.scrollLeft = left;
  if (box.scrollTop !== top) box.scrollTop = top;
}

/** @param {HTMLElement} panel @returns {(() => void) | null} what gives the focus back to the element that stands where the focused one stood */
function focused(panel) {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || !panel.contains(active) || active.closest("[data-anchored]")) return null;
  const name = active.getAttribute("aria-label");
  const caret = active instanceof HTMLInputElement && active.type === "text" ? [active.value, active.selectionStart] : null;
  /** @type {number[]} */
  const path = [];
  for (let each = /** @type {Element} */ (active); each !== panel; each = /** @type {Element} */ (each.parentElement))
    path.unshift([...(each.parentElement?.children ?? [])].indexOf(each));
  return () => {
    if (active.isConnected && document.activeElement === active) return;
    const again = active.isConnected ? active : (named(panel, active, name) ?? at(panel, path, active));
    again?.focus({ preventScroll: true });
    if (caret && again instanceof HTMLInputElement) {
      again.value = String(caret[0]);
      again.selectionStart = again.selectionEnd = Number(caret[1]);
    }
  };
}

/** @param {HTMLElement} panel @param {HTMLElement} like @param {string | null} name @returns {HTMLElement | null} */
const named = (panel, like, name) =>
  name === null ? null : (/** @type {HTMLElement[]} */ ([...panel.querySelectorAll(like.tagName)]).find((each) => each.getAttribute("aria-label") === name) ?? null);

/** @param {HTMLElement} panel @param {number[]} path @param {HTMLElement} like @returns {HTMLElement | null} */
function at(panel, path, like) {
  /** @type {Element | undefined} */
  let found = panel;
  for (const place of path) found = found?.children[place];
  return found instanceof HTMLElement && found.tagName === like.tagName ? found : null;
}
