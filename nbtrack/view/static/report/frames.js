// @ts-check
/** Frames with HTML of a notebook as high as what is in them. No script runs in them, so that this page may look inside. */

const HIGHEST = 900; // pixels; what is higher scrolls
const LOWEST = 24;

/** Keep them so. */
export function fitFrames() {
  const observer = new ResizeObserver((changes) => {
    for (const { target } of changes) if (target instanceof HTMLIFrameElement) fit(target);
  });
  for (const frame of /** @type {NodeListOf<HTMLIFrameElement>} */ (document.querySelectorAll("iframe.nbt-fitted"))) {
    frame.addEventListener("load", () => fit(frame));
    fit(frame);
    observer.observe(frame); // another width breaks its lines elsewhere
  }
}

/** @param {HTMLIFrameElement} frame */
function fit(frame) {
  const page = frame.contentDocument;
  if (!page?.body || page.URL !== "about:srcdoc") return;
  const whole = Math.ceil(page.documentElement.getBoundingClientRect().height) + frame.offsetHeight - frame.clientHeight;
  const height = `${Math.min(HIGHEST, Math.max(LOWEST, whole))}px`;
  if (frame.style.height !== height) frame.style.height = height;
}
