// @ts-check
/** The order of the runs. */
/** @import { Data, Direction, SortKey } from "./types.js" */
import { COLLATE } from "./column.js";

/** @param {number[]} rows @param {SortKey[]} keys @param {Data} data @returns {number[]} sorted; missing values last, equal ones in the order the runs were given in */
export function sorted(rows, keys, data) {
  const orders = keys.flatMap(({ id, down }) => {
    const values = sortOrder(id, data);
    return values ? [{ values, sign: down ? -1 : 1 }] : [];
  });
  return [...rows].sort((a, b) => {
    for (const { values, sign } of orders) {
      const [left, right] = [values[a], values[b]];
      if (left !== right) {
        if (left === left && right === right) return sign * (left - right);
        if (left === left) return -1;
        if (right === right) return 1;
      }
    }
    return a - b;
  });
}

/** @param {string} id @param {Data} data @returns {Float64Array | undefined} */
const sortOrder = (id, data) =>
  id === "run.name" ? nameOrder(data) : data.columns.find((column) => column.id === id)?.order;

/** @type {WeakMap<Data, Float64Array>} */
const nameOrders = new WeakMap();

/** @param {Data} data @returns {Float64Array} */
function nameOrder(data) {
  const known = nameOrders.get(data);
  if (known) return known;
  const names = [...new Set(data.runs.map((run) => run.name))].sort(COLLATE);
  const place = new Map(names.map((name, at) => [name, at]));
  const order = Float64Array.from(data.runs, (run) => place.get(run.name) ?? NaN);
  nameOrders.set(data, order);
  return order;
}

/** What a click on a column's header asks for: best first, then the reverse, then no sort.
 * @param {SortKey[]} keys @param {{id: string, dir: Direction}} column @param {boolean} add @returns {SortKey[]} */
export function nextSort(keys, column, add) {
  const first = column.dir === "max";
  const now = keys.find((key) => key.id === column.id);
  const others = add ? keys.filter((key) => key.id !== column.id) : [];
  if (now && now.down !== first) return others;
  const next = { id: column.id, down: now ? !first : first };
  return add && now ? keys.map((key) => (key === now ? next : key)) : [...others, next];
}
