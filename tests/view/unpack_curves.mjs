// Unpacks each series of the JSON in stdin as the front end does, for a test in Python to compare.
import { unpack } from "../../nbtrack/view/static/compare/series.js";

let text = "";
for await (const part of process.stdin) text += part;
const told = (value) => (Number.isFinite(value) ? value : String(value));
const unpacked = JSON.parse(text).map(unpack).map((series) => ({ ...series, values: series.values.map(told) }));
process.stdout.write(JSON.stringify(unpacked));
