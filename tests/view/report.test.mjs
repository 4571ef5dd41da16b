// The report's functions that need no page, and those that build with a page as small as they need.
import assert from "node:assert/strict";
import { test } from "node:test";
import { idOf } from "../../nbtrack/view/static/report/arriving.js";
import { some } from "../../nbtrack/view/static/report/charts.js";
import { pageOf } from "../../nbtrack/view/static/report/pages.js";
import { finder } from "../../nbtrack/view/static/report/tools.js";

class Fake {
  constructor(tag) {
    this.tag = tag;
    this.attributes = {};
    this.children = [];
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  append(...children) {
    this.children.push(...children);
  }
  get text() {
    return (this.textContent ?? "") + this.children.map((child) => child.text ?? child).join(" ");
  }
  all(tag) {
    return [...(this.tag === tag ? [this] : []), ...this.children.flatMap((child) => child.all?.(tag) ?? [])];
  }
}

test("an address names an id, whatever stands in it", () => {
  assert.equal(idOf("#run-20261121t101530-7k3m"), "run-20261121t101530-7k3m");
  assert.equal(idOf("#a%20b"), "a b");
  assert.equal(idOf("#%E0%A4%A"), "");
  assert.equal(idOf(""), "");
});

test("a run is found by all words in any order", () => {
  const fits = finder("  SVC 0.98 ");
  assert.ok(fits("svc 01 accuracy 0.9814"));
  assert.ok(!fits("svc 01 accuracy 0.97"));
  assert.ok(finder("")("anything"));
});

test("of a change only what is shared is told to others", () => {
  assert.deepEqual(some({ filter: "", sort: [], selected: [1] }, ["filter", "selected", "hidden"]), { filter: "", selected: [1] });
});

test("a page that is data has all that a page has, and all of it as text", () => {
  globalThis.document = { createElement: (tag) => new Fake(tag) };
  const evil = "<img src=x onerror=alert(1)>";
  const texts = ["Params", "lr", evil, "note", "In [1]", "x = 1", "In [2]", "y = 2", "", "packages-1"];
  const page = pageOf([[[0, [[1, 2, 3], [1, 5, 8]]]], [[4, 8, 5], [6, 8, 7]], [2], [[2, 3]], 2, [1], 9], texts);
  const told = page.text;
  for (const words of ["Params", "lr", evil, "note", "x = 1", "y = 2", "1 cell before it", "It ended in an error."]) assert.ok(told.includes(words), words);
  assert.equal(page.all("img").length, 0);
  assert.equal(page.all("a")[0].attributes.href, "#packages-1");
  assert.equal(page.all("details").length, 1);
  delete globalThis.document;
});

test("a page with nothing to tell is empty, not broken", () => {
  globalThis.document = { createElement: (tag) => new Fake(tag) };
  assert.equal(pageOf([[], [], [], [], -1, [], 0], [""]).text.trim(), "");
  delete globalThis.document;
});
