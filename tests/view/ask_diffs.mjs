// Answers on standard output what the front end says of pairs of runs, for the payloads on standard input.
import { readFileSync } from "node:fs";
import { RULE, dimensions, sentence } from "../../nbtrack/view/static/compare/causes.js";
import { unfold } from "../../nbtrack/view/static/compare/payload.js";

const pairs = JSON.parse(readFileSync(0, "utf8")).map((payload) => {
  const data = unfold(payload);
  const found = dimensions(data, [0, 1]);
  const shorts = (state) => found.filter((each) => each.state === state).map((each) => each.short);
  return {
    sentence: sentence(data, [0, 1]),
    changed: shorts("changed"),
    absent: shorts("absent"),
    params: found.find((each) => each.id === "params").moved.map((fact) => fact.name),
  };
});
process.stdout.write(JSON.stringify({ rule: RULE, pairs }));
