import type { Payload } from '../../nbtrack/view/static/compare/types.js';

/** Give a payload its numbers that came as bytes: base64 of little-endian doubles, NaN where a run has none
 * (`nbtrack/view/overview.py`). */
export function unpacked(payload: Payload): Payload {
  return { ...payload, columns: payload.columns.map(({ f64, ...column }: Packed) => (f64 === undefined ? column : { ...column, values: numbersOf(f64) })) };
}

type Packed = Payload['columns'][number] & { f64?: string };

/** Plain loops: with `Array.from` and a `DataView` a store of ten thousand runs takes twenty times as long. */
function numbersOf(text: string): (number | null)[] {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = letters.charCodeAt(at);
  const numbers = new Float64Array(bytes.buffer); // every machine that runs a browser is little-endian
  const values = new Array<number | null>(numbers.length);
  for (let at = 0; at < values.length; at++) values[at] = numbers[at] === numbers[at] ? numbers[at] : null;
  return values;
}

/** The text that was deflated (zlib's format) on its way, as long messages are. */
export async function inflated(data: ArrayBuffer): Promise<string> {
  const inflating = new DecompressionStream('deflate');
  const writer = inflating.writable.getWriter();
  const written = writer.write(new Uint8Array(data)).then(() => writer.close());
  const [text] = await Promise.all([new Response(inflating.readable).text(), written]);
  return text;
}
