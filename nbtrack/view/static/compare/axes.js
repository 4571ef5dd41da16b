// @ts-check
/** The frame of a chart: an axis at the bottom and one on the left, with marks that never touch each other. */
/** @import { Box, Scale, Value } from "./types.js" */
import { s } from "./dom.js";

/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/** @param {string} text @param {number} [size] of the letters @returns {number} about how wide it is drawn, in pixels */
export function widthOf(text, size = 11) {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text.length * size * 0.6;
  pen.font = `${size > 12 ? 600 : 400} ${size}px system-ui, sans-serif`;
  return pen.measureText(text).width * 1.04;
}

/** As much of a text as fits: its beginning and its end, which tell long names apart. @param {string} text @param {number} room in pixels @param {number} [size] @returns {string} */
export function fitted(text, room, size = 11) {
  const width = widthOf(text, size);
  if (width <= room) return text;
  const kept = Math.max(2, Math.floor((text.length * room) / width) - 1);
  const end = Math.floor(kept / 2);
  return `${text.slice(0, kept - end)}…${end ? text.slice(-end) : ""}`;
}

/** A text that is whole when pointed at. @param {Record<string, string | number>} props @param {string} text @param {number} room in pixels @param {number} [size] @returns {SVGElement} */
export function label(props, text, room, size = 11) {
  const shown = fitted(text, room, size);
  return s("text", props, shown !== text && s("title", { text }), shown);
}

/** @param {Box} box @param {Scale} scale @param {Value} value @returns {number} */
export const across = (box, scale, value) => box.left + 12 + (scale.place(value) ?? 0) * (box.right - box.left - 24);

/** @param {Box} box @param {Scale} scale @param {Value} value @returns {number} */
export const upward = (box, scale, value) => box.bottom - 8 - (scale.place(value) ?? 0) * (box.bottom - box.top - 16);

/** @param {Box} box @param {number} x @returns {number} the place on the axis, within 0 to 1 */
export const placeX = (box, x) => Math.min(1, Math.max(0, (x - box.left - 12) / (box.right - box.left - 24)));

/** @param {Box} box @param {number} y @returns {number} */
export const placeY = (box, y) => Math.min(1, Math.max(0, (box.bottom - 8 - y) / (box.bottom - box.top - 16)));

/** @param {Scale} scale @param {number} most @returns {number} how much room the marks of a left axis take, its name beside them */
export const roomLeft = (scale, most) =>
  30 + Math.min(most, Math.max(28, ...scale.ticks.map((tick) => widthOf(tick.text))));

/** @param {Box} box @param {Scale} sx @param {Scale} sy @param {string} xName @param {string} yName @returns {SVGElement} */
export const frameOf = (box, sx, sy, xName, yName) =>
  s(
    "g",
    { "aria-hidden": "true" },
    ...leftMarks(box, sy),
    s("line", { class: "nbt-axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }),
    ...bottomMarks(box, sx),
    label(
      { class: "nbt-axis-name", x: (box.left + box.right) / 2, y: box.bottom + 35, "text-anchor": "middle" },
      xName + (sx.kind === "log" ? " (log)" : ""),
      box.right - box.left,
      12.5,
    ),
    label(
      { class: "nbt-axis-name", transform: `translate(13 ${(box.top + box.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" },
      yName + (sy.kind === "log" ? " (log)" : ""),
      box.bottom - box.top + 20,
      12.5,
    ),
  );

/** @param {Box} box @param {Scale} scale @returns {SVGElement[]} */
function leftMarks(box, scale) {
  const every = Math.max(1, Math.ceil((scale.ticks.length * 14) / (box.bottom - box.top)));
  return scale.ticks
    .filter((_, i) => i % every === 0)
    .flatMap((tick) => {
      const y = box.bottom - 8 - tick.at * (box.bottom - box.top - 16);
      return [
        s("line", { class: "nbt-rule", x1: box.left, x2: box.right, y1: y, y2: y }),
        label({ class: "nbt-tick", x: box.left - 7, y: y + 3.5, "text-anchor": "end" }, tick.text, box.left - 30),
      ];
    });
}

/** As many marks as have room: of words all that can be told by a few letters, of numbers those whose texts stay apart. @param {Box} box @param {Scale} scale @returns {SVGElement[]} */
function bottomMarks(box, scale) {
  const width = box.right - box.left - 24;
  const widest = Math.max(0, ...scale.ticks.map((tick) => widthOf(tick.text)));
  const wanted = scale.kind === "words" ? Math.min(widest, 52) : widest;
  const every = Math.max(1, Math.ceil((scale.ticks.length * (wanted + 10)) / (width + wanted)));
  const room = scale.ticks.length > 1 ? (width * every) / (scale.ticks.length - 1) - 8 : width;
  return scale.ticks
    .filter((_, i) => i % every === 0)
    .flatMap((tick) => {
      const x = box.left + 12 + tick.at * width;
      return [
        s("line", { class: "nbt-axis", x1: x, x2: x, y1: box.bottom, y2: box.bottom + 4 }),
        label({ class: "nbt-tick", x, y: box.bottom + 17, "text-anchor": "middle" }, tick.text, scale.kind === "words" ? room : Infinity),
      ];
    });
}
