// A question that was asked, to be changed and asked anew.

import { el, show } from "./dom.js";
import { t } from "./i18n.js";

/** Put a form in place of the question in `line`. `later`: questions that stand behind it and go with it. `ask(question)` is
 *  called with the new one, `cancel()` where it stays. */
export function editQuestion(line, question, later, { ask, cancel }) {
  const input = el("textarea", { rows: 2, dir: "auto", "aria-label": t("ask.label"), on: { keydown: keys } });
  input.value = question;
  const form = el(
    "form", { class: "edit", on: { submit } },
    input,
    later > 0 && el("p", { class: "hint" }, t("edit.later", { count: later })),
    el(
      "div", { class: "buttons" },
      el("button", { type: "submit", class: "primary" }, t("ask.send")),
      el("button", { type: "button", on: { click: cancel } }, t("cancel")),
    ),
  );

  function keys(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      form.requestSubmit();
    }
  }

  function submit(event) {
    event.preventDefault();
    const wanted = input.value.trim();
    if (wanted) ask(wanted);
  }

  show(line, form);
  input.focus();
}
