// @ts-check
/** Which columns the table shows, and in which order. */
/** @import { App, Column } from "./types.js" */

/** @typedef {Pick<App["state"], "all" | "on" | "off" | "pinned" | "order">} Choice */

/** The columns to show: pinned ones first, then in the order a person gave them, new ones where they would stand anyway.
 * @param {Column[]} columns @param {Choice} choice @param {boolean} alone whether there is one run only, all of which is shown @returns {Column[]} */
export function arranged(columns, choice, alone) {
  const on = new Set(choice.on),
    off = new Set(choice.off),
    pinned = new Set(choice.pinned);
  const led = (/** @type {Column} */ c) => c.leads || ((choice.all || alone) && c.space !== "about");
  const shown = columns.filter((c) => on.has(c.id) || (led(c) && !off.has(c.id) && c.id !== "tags.archived"));
  const own = choice.order.length ? ordered(shown, choice.order) : shown;
  const first = choice.pinned.flatMap((id) => own.find((c) => c.id === id) ?? []);
  return [...first, ...own.filter((c) => !pinned.has(c.id))];
}

/** @param {Column[]} columns @param {string[]} order @returns {Column[]} */
function ordered(columns, order) {
  const known = new Map(columns.map((c) => [c.id, c]));
  const placed = order.flatMap((id) => known.get(id) ?? []);
  const given = new Set(order);
  columns.forEach((c, at) => {
    if (!given.has(c.id)) placed.splice(at ? placed.indexOf(columns[at - 1]) + 1 : 0, 0, c);
  });
  return placed;
}

/** Show a column or leave it out. @param {App["state"]} state @param {string[]} ids @param {boolean} shown @returns {Partial<App["state"]>} the change of state */
export function withColumns({ on, off, pinned }, ids, shown) {
  const these = new Set(ids);
  const others = (/** @type {string[]} */ list) => list.filter((id) => !these.has(id));
  return shown
    ? { on: [...others(on), ...ids], off: others(off) }
    : { on: others(on), off: [...others(off), ...ids], pinned: others(pinned) };
}

/** Put a column before another, or at the end. Moved among the pinned it is pinned, moved out of them it no longer is.
 * @param {string[]} shown the columns as they stand @param {string[]} pinned @param {string} id @param {number} to its new place among the others @returns {Partial<App["state"]>} */
export function moved(shown, pinned, id, to) {
  const others = shown.filter((other) => other !== id);
  const at = Math.max(0, Math.min(others.length, to));
  const order = [...others.slice(0, at), id, ...others.slice(at)];
  const stuck = new Set(pinned.filter((other) => other !== id));
  const among = at < others.length ? stuck.has(others[at]) : at > 0 && stuck.has(others[at - 1]);
  const stays = among || (pinned.includes(id) && at <= stuck.size);
  if (stays) stuck.add(id);
  return { order, pinned: order.filter((other) => stuck.has(other)) };
}

/** Stick a column to the left, behind those that are, or let go of it. @param {string[]} pinned @param {string} id @returns {Partial<App["state"]>} */
export const withPin = (pinned, id) => ({
  pinned: pinned.includes(id) ? pinned.filter((other) => other !== id) : [...pinned, id],
});
