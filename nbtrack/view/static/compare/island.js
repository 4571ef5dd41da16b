// @ts-check
/** The data that a saved output carries: JSON, or where that is longer, JSON deflated and written in base64. */

/** So many bytes are taken at most: a few damaged or foreign ones may stand for more than a page can hold. */
const MOST = 2e8;

/** @param {string} text @param {number} [most] bytes @returns {Promise<any>} @throws where it is damaged or too much, or the browser is too old to inflate it */
export async function readIsland(text, most = MOST) {
  if (/^[[{]/.test(text)) return JSON.parse(text);
  const reader = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  for (let part; !(part = await reader.read()).done; parts.push(part.value))
    if ((most -= part.value.byteLength) < 0) throw (reader.cancel(), new RangeError("too much data"));
  return new Response(new Blob(parts)).json();
}

/** @param {string} text in base64 @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const own = /** @type {any} */ (Uint8Array).fromBase64; // browsers of 2025 and later
  if (own) return own.call(Uint8Array, text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at); // a twentieth of the time of `Uint8Array.from`
  return bytes;
}
