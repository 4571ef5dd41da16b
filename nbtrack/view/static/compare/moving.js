// @ts-check
/**
 * When the kernel brings a saved output up to date, the page replaces all of it. What the person is working with moves
 * over to the new place before anything is painted, and takes the new data in.
 */
/** @import { Live } from "./live.js" */
/** @import { Payload } from "./types.js" */

/** The kernel says before it replaces an output; so long is the new one awaited (ms). */
const PATIENCE = 5000;

/** Let a comparison move over whenever its output is replaced.
 * @param {Live} live @param {HTMLElement} home @param {(home: HTMLElement) => Promise<Payload>} payloadOf */
export function follow(live, home, payloadOf) {
  let place = home.parentElement;
  live.moving = () => {
    const restore = remember(live.app.root);
    const moved = () => {
      const fresh = !home.isConnected && successor(live.id, place);
      if (!fresh) return;
      watch.disconnect();
      move(live, fresh, restore);
      home = fresh;
      place = fresh.parentElement;
      payloadOf(fresh).then(
        (payload) => live.renew(payload),
        () => live.again(),
      );
    };
    const watch = new MutationObserver(moved);
    place = home.parentElement ?? place;
    watch.observe(document.body, { childList: true, subtree: true });
    setTimeout(() => watch.disconnect(), PATIENCE);
  };
}

/** @param {string} id @param {HTMLElement | null} place where the old output was @returns {HTMLElement | null} the new output, in the same place if it is there twice */
function successor(id, place) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[id="${id}"]:not([data-mounted])`)]);
  return all.find((home) => place?.contains(home)) ?? all[0] ?? null;
}

/** Put what the person works with in the new place: its focus, and how far everything is scrolled, were lost with the old one.
 * @param {Live} live @param {HTMLElement} home @param {() => void} restore */
function move(live, home, restore) {
  home.dataset.mounted = "true";
  home.querySelector(".nbt-app")?.replaceWith(live.app.root);
  restore();
}

/** @param {HTMLElement} root @returns {() => void} what brings back what is known now, and what was scrolled since */
function remember(root) {
  const focus = root.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  /** @type {Map<Element, [number, number]>} */
  const places = new Map();
  const note = (/** @type {Element} */ box) => places.set(box, [box.scrollLeft, box.scrollTop]);
  for (const box of root.querySelectorAll("*")) if (box.scrollTop || box.scrollLeft) note(box);
  const scrolled = (/** @type {Event} */ event) => note(/** @type {Element} */ (event.target));
  root.addEventListener("scroll", scrolled, true);
  return () => {
    root.removeEventListener("scroll", scrolled, true);
    for (const [box, [left, top]] of places) box.scrollTo({ left, top, behavior: "instant" });
    if (document.activeElement === document.body) focus?.focus({ preventScroll: true });
  };
}
