// @ts-check
/** The Pareto front: the runs that no other run beats in one metric without losing in the other. */
/** @import { Column, Direction } from "./types.js" */

/** @param {Column} c @returns {Direction} which way is better: as the metric's name tells, and of durations the shorter */
export const betterOf = (c) => (c.id === "run.duration" ? "min" : c.space === "metrics" ? c.dir : null);

/** The front, in the order of the first values from best to worst. Runs with the same two values are all on it.
 * @param {{run: number, x: number, y: number}[]} points @param {Direction} dirX @param {Direction} dirY @returns {number[]} runs; none where a direction is not known */
export function paretoFront(points, dirX, dirY) {
  if (!dirX || !dirY) return [];
  const turn = (/** @type {Direction} */ dir) => (dir === "max" ? -1 : 1);
  const costs = points
    .map(({ run, x, y }) => ({ run, x: x * turn(dirX), y: y * turn(dirY) }))
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
    .sort((a, b) => a.x - b.x || a.y - b.y);
  /** @type {typeof costs} */
  const front = [];
  for (const cost of costs) {
    const last = front[front.length - 1];
    if (!last || cost.y < last.y || (cost.y === last.y && cost.x === last.x)) front.push(cost);
  }
  return front.map(({ run }) => run);
}
