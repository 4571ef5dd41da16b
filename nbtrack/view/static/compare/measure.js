// @ts-check
/** How wide a text is, asked of the font before anything is laid out. */

/** @typedef {(text: string, style?: string) => number} Measure */

/** @param {HTMLElement} root @returns {Measure} the width of a text in pixels, digits all as wide as a 0 */
export function measurer(root) {
  const canvas = document.createElement("canvas").getContext("2d");
  const font = getComputedStyle(root).fontFamily;
  /** @type {Map<string, number>} */
  const known = new Map();
  let last = "";
  return (text, style = "12.5px") => {
    const shape = text.replace(/\d/g, "0");
    const key = style + shape;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (canvas && style !== last) canvas.font = `${(last = style)} ${font}`;
    const width = canvas ? canvas.measureText(shape).width : shape.length * 8;
    known.set(key, width);
    return width;
  };
}
