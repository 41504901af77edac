// "Was this right?" under an answer, where the service keeps what people say of its answers.

import { getJson, Problem } from "./api.js";
import { el, show } from "./dom.js";
import { t } from "./i18n.js";
import { problemNote } from "./problems.js";

/** The question and its buttons. `turn` has an answer; `kept()` is called when `turn.judged` was set. */
export function judging(turn, kept) {
  const node = el("div", { class: "judging", role: "group", "aria-label": t("judge.ask") });
  ask(node, turn, kept);
  return node;
}

function ask(node, turn, kept) {
  const button = (key, action) => el("button", { type: "button", class: "quiet", on: { click: action } }, t(key));
  if (turn.judged) show(node, el("span", { class: "took", role: "status" }, t("judge.thanks")));
  else show(node, el("span", { class: "took" }, t("judge.ask")), button("judge.yes", () => send(node, turn, kept, { right: true })), button("judge.no", () => askMore(node, turn, kept)));
}

/** What would be right, if that is known. */
function askMore(node, turn, kept) {
  const input = el("input", { maxlength: 1000, dir: "auto", "aria-label": t("judge.correct"), placeholder: t("judge.correct") });
  const not = el("input", { type: "checkbox" });
  const submit = (event) => {
    event.preventDefault();
    send(node, turn, kept, { right: false, correct: not.checked ? "" : input.value.trim(), answerable: not.checked ? false : null });
  };
  const abstained = turn.answer.verdict === "abstained";
  show(node, el(
    "form", { class: "judging-form", on: { submit } },
    input,
    !abstained && el("label", { class: "check" }, not, t("judge.nothing")),
    el("div", { class: "buttons" }, el("button", { type: "submit" }, t("judge.send")), el("button", { type: "button", class: "quiet", on: { click: () => ask(node, turn, kept) } }, t("cancel"))),
  ));
  input.focus();
}

async function send(node, turn, kept, judgement) {
  const said = turn.sentences.filter((one) => !one.verbatim);
  const body = {
    question: turn.answer.standalone_question || turn.question,
    answer: (said.length ? said : turn.sentences).map((one) => one.text).join("\n").slice(0, 10_000),
    verdict: turn.answer.verdict,
    documents: [...new Set(turn.sentences.flatMap((one) => one.citations.map((citation) => citation.uri)))].slice(0, 50),
    ...(turn.collection ? { collection: turn.collection } : {}),
    ...judgement,
  };
  try {
    await getJson("feedback", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    turn.judged = true;
    kept();
    ask(node, turn, kept);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    show(node, problemNote(error, () => send(node, turn, kept, judgement)));
  }
}
