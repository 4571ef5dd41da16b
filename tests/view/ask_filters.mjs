// Asks the front end's filter: each line of standard input is [payload, [filter, …]]; a line answers it with, for each
// filter, the ids it finds in order, or {"message", "at"}. Names need their space here, as in Python.
import { createInterface } from "node:readline";
import { ask } from "../../nbtrack/view/static/compare/ask.js";
import { Refusal } from "../../nbtrack/view/static/compare/grammar.js";
import { folded } from "../../nbtrack/view/static/compare/nearest.js";
import { readMoment } from "../../nbtrack/view/static/compare/moments.js";
import { unfold } from "../../nbtrack/view/static/compare/payload.js";

function answer(text, data) {
  try {
    return ask(text, data).rows.map((at) => data.runs[at].id);
  } catch (error) {
    if (!(error instanceof Refusal)) return { broken: String(error?.stack) };
    return { message: error.message, at: error.at };
  }
}

function answers([payload, filters]) {
  if (payload === "folded") return filters.map(folded);
  if (payload === "moments") return filters.map(readMoment);
  const data = unfold(payload);
  return filters.map((filter) => answer(filter, data));
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(answers(JSON.parse(line)))}\n`);
