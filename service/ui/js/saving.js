// Files that the page makes or fetches, saved by the browser.

import { el } from "./dom.js";

/** Save a blob as a file. */
export function saveAs(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser may still be writing
}
