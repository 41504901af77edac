// Files dropped anywhere on a view. Where no view takes them the browser must not open them in place of the page.

import { filesOfDrop } from "./dropped.js";

let taker = null; // {hint(isOver), take(files)} of the view that is shown

/** Let a view take what is dropped; null where none does. */
export function takeDrops(by) {
  taker = by;
}

function holdsFiles(event) {
  return [...(event.dataTransfer?.types || [])].includes("Files");
}

document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  if (taker) taker.hint(true);
  else event.dataTransfer.dropEffect = "none";
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) taker?.hint(false); // it left the window
});

document.addEventListener("drop", async (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  const by = taker;
  by?.hint(false);
  if (by) by.take(await filesOfDrop(event.dataTransfer));
});
