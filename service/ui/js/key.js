// The API key: asked for when the service wants one, kept for this tab only.

import { el, show } from "./dom.js";
import { t } from "./i18n.js";
import { store, stored } from "./stored.js";

let asking = null;
let kept = stored("key", "", "sessionStorage");

/** The key in use, or an empty string. */
export function key() {
  return kept;
}

export function forgetKey() {
  setKey("");
}

function setKey(value) {
  kept = value;
  store("key", value || null, "sessionStorage");
  document.dispatchEvent(new CustomEvent("youju:key"));
}

/** Ask for a key; several requests at once ask once. Resolves to whether one was given. */
export function askForKey(wasWrong) {
  asking ??= openDialog(wasWrong).finally(() => {
    asking = null;
  });
  return asking;
}

function openDialog(wasWrong) {
  return new Promise((resolve) => {
    const input = el("input", {
      id: "key-input", type: "password", autocomplete: "off", spellcheck: "false", required: true,
      "aria-describedby": "key-note",
    });
    const dialog = el("dialog", { class: "dialog", "aria-labelledby": "key-title" });
    const form = el(
      "form", { method: "dialog", on: { submit: accept } },
      el("h2", { id: "key-title" }, t("key.title")),
      el("p", { id: "key-note" }, t("key.body")),
      wasWrong && el("p", { class: "warning", role: "alert" }, t("key.wrong")),
      el("label", { for: "key-input" }, t("key.label")),
      input,
      el(
        "div", { class: "dialog-buttons" },
        el("button", { type: "button", on: { click: () => dialog.close() } }, t("cancel")),
        el("button", { type: "submit", class: "primary" }, t("key.use")),
      ),
    );
    let given = false;
    function accept(event) {
      event.preventDefault(); // the policy of the page allows no form to be sent anywhere
      const value = input.value.trim();
      if (!/^[\x21-\x7e]+$/.test(value)) return input.select(); // no header takes anything else
      setKey(value);
      given = true;
      return dialog.close();
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(given);
    });
    show(dialog, form);
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
  });
}
