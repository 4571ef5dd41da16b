// @ts-check
/** Links lead to what they name: what is folded around it is opened, then it is scrolled to. */

/** @param {string} hash of an address @returns {string} the id it names; nothing where it cannot be read */
export function idOf(hash) {
  try {
    return decodeURIComponent(hash.replace(/^#/, ""));
  } catch {
    return "";
  }
}

/** Open all that is folded around an element, and the element. @param {Element} element */
export function unfold(element) {
  for (let at = /** @type {Element | null} */ (element); at; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true;
}

/** Go to where the address leads, now and whenever it changes. */
export function arriving() {
  addEventListener("hashchange", arrive);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    if (link && link.getAttribute("href") === location.hash) arrive(); // no change of the address, but of the place
  });
  arrive();
}

function arrive() {
  const element = document.getElementById(idOf(location.hash));
  if (!element || !location.hash) return;
  unfold(element);
  requestAnimationFrame(() => {
    element.scrollIntoView();
    const head = element.querySelector(":scope > summary, :scope > h2 > a") ?? element;
    if (head instanceof HTMLElement) head.focus({ preventScroll: true });
  });
}
