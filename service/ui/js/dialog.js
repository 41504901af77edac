// A question to answer with yes or no, in a modal dialog.

import { el } from "./dom.js";
import { t } from "./i18n.js";

/** Resolves to whether it was confirmed. `parts` are shown between the title and the buttons. */
export function confirmed(title, parts, action) {
  return new Promise((resolve) => {
    let yes = false;
    const accept = () => {
      yes = true;
      dialog.close();
    };
    const dialog = el(
      "dialog", { class: "dialog", "aria-labelledby": "dialog-title" },
      el("h2", { id: "dialog-title" }, title),
      parts,
      el(
        "div", { class: "dialog-buttons" },
        el("button", { type: "button", autofocus: true, on: { click: () => dialog.close() } }, t("cancel")),
        el("button", { type: "button", class: "danger", on: { click: accept } }, action),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(yes);
    });
    document.body.append(dialog);
    dialog.showModal(); // gives the focus back when it closes
  });
}
