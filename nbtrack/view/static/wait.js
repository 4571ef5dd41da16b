// Spares the browser laying out the table for readers without scripts, whose place the comparison is about to take.
// Should that not come, the table is back after a while.
((table) => {
  if (!table || !("DecompressionStream" in window)) return;
  table.style.contentVisibility = "hidden";
  setTimeout(() => (table.style.contentVisibility = ""), 1500);
})(document.querySelector('[id="ELEMENT"] .nbt-static'));
