// @ts-check
/** The data that a saved output carries: JSON, or where that is longer, JSON deflated and written in base64. */

/** @param {string} text @returns {Promise<any>} @throws where it is damaged, or the browser is too old to inflate it */
export async function readIsland(text) {
  if (/^[[{]/.test(text)) return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}
