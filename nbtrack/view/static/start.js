// Runs the front end that a saved output carries deflated: as an inline script, like this one, so that it needs no more
// of a page than this one has. The output may join the page after this has run.
(async (id, name, tries) => {
  let packed;
  while (!(packed = document.querySelector(`[id="${id}"]>.nbt-code`)) && tries--) await new Promise(requestAnimationFrame);
  if (!packed) return;
  const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
  const code = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")));
  const script = document.createElement("script");
  script.type = "module";
  script.textContent = `${await code.text()}\n${name}.boot("${id}");`;
  document.head.append(script);
})("ELEMENT", "NAME", 60);
