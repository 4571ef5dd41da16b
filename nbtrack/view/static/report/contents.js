// @ts-check
/** The table of contents: open where there is room beside the text, and with a mark at what is being read. */

const WIDE = "(min-width: 68rem)";

/** Keep it so. */
export function followContents() {
  const contents = document.getElementById("nbt-toc");
  if (!(contents instanceof HTMLDetailsElement)) return;
  const wide = matchMedia(WIDE);
  const fit = () => (contents.open = wide.matches);
  wide.addEventListener("change", fit);
  fit();
  contents.addEventListener("click", (event) => {
    if (!wide.matches && event.target instanceof Element && event.target.closest("a")) contents.open = false;
  });
  mark(contents);
}

/** @param {HTMLElement} contents */
function mark(contents) {
  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.getAttribute("href")?.slice(1) ?? "", link]));
  const parts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("main > section[id]")]);
  const seen = new Set();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) isIntersecting ? seen.add(target) : seen.delete(target);
      const now = parts.find((part) => seen.has(part));
      for (const [id, link] of links) now?.id === id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    },
    { rootMargin: "-10% 0px -60% 0px" },
  );
  for (const part of parts) observer.observe(part);
}
