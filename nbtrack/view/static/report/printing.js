// @ts-check
/** Paper cannot be unfolded: before printing all that matters is opened, and after it closed again. */

/** So many pages of runs are put on paper; of more, those that are open. */
const MOST = 60;
const CHOSEN = "details.nbt-difference, details.nbt-checklist, .nbt-checklist details, details.nbt-program, .nbt-before, details.nbt-history, .nbt-printed details";

/** Keep it so. */
export function printing() {
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  addEventListener("beforeprint", () => {
    const runs = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("details.nbt-runpage")]);
    const some = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll(CHOSEN)]);
    opened = [...some, ...(runs.length <= MOST ? runs : [])].filter((part) => !part.open);
    for (const part of opened) part.open = true;
    for (const picture of document.images) picture.loading = "eager";
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
    opened = [];
  });
}
