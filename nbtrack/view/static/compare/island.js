// @ts-check
/** The data that a saved output carries: JSON, or where that is longer, JSON deflated and written in base64. */

/** So many bytes are taken at most: a few damaged or foreign ones may stand for more than a page can hold. */
const MOST = 2e8;

/** @param {string} text @param {number} [most] bytes @returns {Promise<any>} @throws where it is damaged or too much, or the browser is too old to inflate it */
export async function readIsland(text, most = MOST) {
  if (/^[[{]/.test(text)) return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(whole.pipeThrough(bounded(most))).json();
}

/** @param {number} most bytes @returns {TransformStream<Uint8Array, Uint8Array>} what passes so many, and then breaks off */
function bounded(most) {
  let left = most;
  return new TransformStream({
    transform: (chunk, to) => ((left -= chunk.byteLength) < 0 ? to.error(new RangeError("too much data")) : to.enqueue(chunk)),
  });
}
