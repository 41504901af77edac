// Shows a problem as one friendly line, what to do, and what the service itself says.

import { el, foreign } from "./dom.js";
import { t, told } from "./i18n.js";
import { askForKey } from "./key.js";

function headline(problem) {
  if (problem.type === "offline") return t("problem.offline");
  if (problem.type === "empty-index") return t("problem.empty");
  if (problem.type === "foreign-request") return t("problem.foreign");
  const byStatus = { 401: "key", 403: "forbidden", 429: "busy", 503: "unavailable", 504: "deadline" };
  return t(`problem.${byStatus[problem.status] || "general"}`);
}

/** What the service says; its advice belongs to its own words. */
function detailOf({ detail, advice }) {
  const { text, lang } = told(detail);
  return el("p", { class: "problem-detail", lang }, foreign(text), text === detail && advice && [" ", foreign(advice)]);
}

/** A note about a problem. `retry` is called by its button, once the time is up that the service asked for. */
export function problemNote(problem, retry, ...more) {
  const note = el(
    "div", { class: "problem", role: "alert" },
    el("p", { class: "problem-line" }, headline(problem)),
    problem.type === "offline" && el("p", {}, t("problem.offlineAdvice")),
    problem.detail && detailOf(problem),
  );
  const buttons = el("div", { class: "buttons" });
  if (problem.status === 401 || problem.type === "forbidden") {
    const other = async () => (await askForKey(false)) && retry?.();
    buttons.append(el("button", { type: "button", on: { click: other } }, t("key.other")));
  } else if (retry) buttons.append(retryButton(problem.retryAfter, retry));
  buttons.append(...more);
  note.append(buttons);
  return note;
}

function retryButton(seconds, retry) {
  const button = el("button", { type: "button", class: "retry", on: { click: retry } }, t("retry"));
  if (!seconds) return button;
  const until = Date.now() + seconds * 1000;
  const left = () => Math.ceil((until - Date.now()) / 1000);
  const text = el("span", { class: "countdown" }, t("problem.countdown", { seconds }));
  button.disabled = true;
  const timer = setInterval(() => {
    if (left() > 0) text.textContent = t("problem.countdown", { seconds: left() });
    else {
      clearInterval(timer);
      text.remove();
      button.disabled = false;
    }
  }, 250);
  return el("span", { class: "retrying" }, button, text);
}
