// Runs the script that the report carries deflated, as an inline script whose hash the page's policy names.
(async () => {
  const packed = document.getElementById("nbt-report-code");
  const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
  const code = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")));
  const script = document.createElement("script");
  script.textContent = await code.text();
  document.head.append(script);
})();
