// The view for whoever runs the service: what it can do now, how large the index is, where the time goes.

import { getJson, getStatus, Problem, request } from "./api.js";
import { stackedBars } from "./charts.js";
import { conversation } from "./conversation.js";
import { el, foreign, icon, show } from "./dom.js";
import { ago, duration, has, number, size, t, told } from "./i18n.js";
import { Samples } from "./metrics.js";
import { problemNote } from "./problems.js";

const EVERY = 10_000; // milliseconds between looks, while the page is seen
const LAST = 8; // answers drawn
const STAGES = ["rewrite", "retrieve", "gate", "queue", "generate", "verify"]; // first_token is a part of generate
const FINE = ["ok", "empty"];
const VERDICTS = ["answered", "partial", "abstained"];

export class HealthView {
  constructor() {
    this.body = el("div", { class: "health-body" });
    const refresh = el("button", { type: "button", class: "quiet", on: { click: () => this.#look() } }, icon("again"), t("health.refresh"));
    this.node = el("div", { class: "health" }, el("div", { class: "heading" }, el("h1", {}, t("health.heading")), refresh), this.body);
  }

  shown() {
    show(this.body, el("p", { class: "working" }, t("loading")));
    this.#look();
    this.timer = setInterval(() => document.visibilityState === "visible" && !this.#isRead() && this.#look(), EVERY);
  }

  left() {
    clearInterval(this.timer);
  }

  /** Whether somebody is in the middle of it, and would lose the place. */
  #isRead() {
    return this.body.contains(document.activeElement) || this.body.querySelector("details[open]");
  }

  async #look() {
    try {
      const [ready, samples, documents, unanswered, jobs] = await Promise.all([
        getStatus("readyz"), metrics(), optional(newestDocument()), optional(getJson("unanswered?limit=20")), optional(getJson("jobs?limit=100")),
      ]);
      const unfinished = jobs?.jobs.filter((job) => !job.finished_at).length;
      show(
        this.body,
        this.#status(ready),
        el("div", { class: "tiles" }, indexTile(ready, samples, documents), modelTile(samples), queueTile(samples, unfinished)),
        lastAnswers(), averages(samples), verdicts(samples), unansweredList(unanswered), links(samples),
      );
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(this.body, problemNote(error, () => this.#look()));
    }
  }

  #status(ready) {
    const parts = Object.entries(ready).filter(([, value]) => typeof value === "string");
    return el(
      "section", { class: "readiness", dataset: { ready: String(ready.ready) } },
      el("h2", {}, el("span", { class: "dot", "aria-hidden": "true" }), t(ready.ready ? "health.ready" : "health.notReady")),
      el("ul", { class: "parts" }, parts.map(([name, state]) => el(
        "li", { class: FINE.includes(state) ? "fine" : "wrong" },
        el("span", { class: "part" }, has(`part.${name}`) ? t(`part.${name}`) : name), " ",
        FINE.includes(state) ? el("span", {}, t(`health.${state}`)) : foreign(told(state).text, { lang: told(state).lang }),
      ))),
    );
  }
}

/** What a part says when asked; null where it does not exist, or is not allowed. */
async function optional(asked) {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Problem && error.status >= 400) return null;
    throw error;
  }
}

async function metrics() {
  const response = await optional(request("metrics"));
  return response && new Samples(await response.text());
}

/** How many documents, and when the newest was added (of the first thousand, where nobody counts better). */
async function newestDocument() {
  const { documents, total } = await getJson("documents?limit=1000");
  const times = documents.map((one) => one.ingested_at).sort();
  return { total, newest: times.at(-1) };
}

function tile(title, rows) {
  const told = rows.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value ?? t("notAvailable"))]);
  return el("section", { class: "tile" }, el("h2", {}, title), el("dl", {}, told));
}

function numberOf(value) {
  return value === undefined || value === null ? undefined : number(value);
}

function indexTile(ready, samples, documents) {
  const changed = samples?.value("youju_index_last_change_timestamp_seconds");
  const bytes = samples?.value("youju_index_database_bytes");
  const vectors = samples?.value("youju_index_vector_file_bytes") ?? 0;
  return tile(t("health.index"), [
    [t("health.documents"), numberOf(documents?.total ?? samples?.value("youju_index_documents"))],
    [t("health.chunks"), numberOf(ready.chunks ?? samples?.value("youju_index_chunks"))],
    [t("health.size"), bytes === undefined ? undefined : size(bytes + vectors)],
    changed ? [t("health.changed"), ago(changed * 1000)] : [t("health.newest"), documents?.newest && ago(documents.newest)],
  ]);
}

function modelTile(samples) {
  const build = samples?.find("youju_build_info")[0]?.labels;
  const model = build || conversation().map((turn) => turn.answer?.model).filter(Boolean).at(-1);
  return tile(t("health.models"), [
    [t("health.generator"), model?.generator && foreign(model.generator)],
    [t("health.embedder"), model?.embedder && foreign(model.embedder)],
    build?.version && [t("health.version"), build.version],
  ]);
}

function queueTile(samples, unfinished) {
  return tile(t("health.queue"), [
    [t("health.running"), numberOf(samples?.value("youju_generator_running"))],
    [t("health.waiting"), numberOf(samples?.value("youju_generator_waiting"))],
    [t("health.jobs"), numberOf(unfinished)],
  ]);
}

function stageNames() {
  return STAGES.map((key, colour) => ({ key, colour, label: t(`stage.${key}`) }));
}

function lastAnswers() {
  const turns = conversation().filter((turn) => turn.answer && !turn.answer.cached).slice(-LAST).reverse();
  const title = t("health.stages");
  if (!turns.length) return section(title, el("p", { class: "none" }, t("health.stagesNone")));
  const rows = turns.map((turn) => ({
    label: turn.question,
    parts: STAGES.map((name) => ({ name, value: turn.answer.timings_ms[name] || 0 })),
  }));
  return stackedBars(title, rows, stageNames(), duration);
}

function averages(samples) {
  const parts = STAGES.map((name) => {
    const count = samples?.value("youju_stage_duration_seconds_count", { stage: name });
    const sum = samples?.value("youju_stage_duration_seconds_sum", { stage: name });
    return { name, value: count ? (sum / count) * 1000 : 0 };
  });
  const title = t("health.average");
  if (!parts.some((part) => part.value)) return section(title, el("p", { class: "none" }, t("notAvailable")));
  return stackedBars(title, [{ label: "", parts }], stageNames(), duration);
}

function verdicts(samples) {
  const names = VERDICTS.map((key, colour) => ({ key, colour, label: t(`verdict.${key}`) }));
  const rows = ["zh", "en"].map((language) => ({
    label: t(`language.${language}`),
    parts: VERDICTS.map((verdict) => ({ name: verdict, value: samples?.value("youju_answers_total", { verdict, language }) || 0 })),
  }));
  const title = t("health.verdicts");
  if (!samples?.find("youju_answers_total").length) return section(title, el("p", { class: "none" }, t("notAvailable")));
  return stackedBars(title, rows, names, number);
}

function section(title, ...children) {
  return el("section", { class: "plain" }, el("h2", {}, title), children);
}

function unansweredList(found) {
  const title = t("health.unanswered");
  if (!found) return section(title, el("p", { class: "none" }, t("notAvailable")));
  if (!found.questions.length) {
    return section(title, el("p", { class: "none" }, t(found.kept ? "health.unansweredNone" : "health.unansweredOff")));
  }
  const items = found.questions.map((one) => el(
    "li", {},
    el("p", { class: "unanswered-question", lang: one.language, dir: "auto" }, one.question),
    el("p", { class: "unanswered-more" }, t("health.times", { count: one.times }), " · ", ago(one.last_asked), " · ", el("span", { lang: one.language }, foreign(one.missing))),
  ));
  return section(`${title} (${number(found.total)})`, el("ul", { class: "unanswered" }, items));
}

function links(samples) {
  return el(
    "p", { class: "links" },
    samples && el("a", { href: "metrics" }, t("health.metrics")),
    el("a", { href: "docs" }, t("health.reference")),
  );
}
