// The view of the documents: the list, uploads, deletion.

import { getJson, Problem, request } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, foreign, iconButton, show } from "./dom.js";
import { date, t, told } from "./i18n.js";
import { problemNote } from "./problems.js";
import { learnRights, rights } from "./rights.js";
import { nameOf } from "./sources.js";
import { store, stored } from "./stored.js";
import { UploadArea } from "./upload_area.js";
import { adopt, listeners } from "./uploads.js";

const PAGE = 1000; // documents in one request
const MOST = 10_000; // documents held for filtering
const ROWS = 200; // drawn at once

/** `page`: openEvidence(place, opener), announce(text). */
export class DocumentsView {
  constructor(page) {
    this.page = page;
    this.documents = [];
    this.failures = [];
    this.total = 0;
    this.rows = ROWS;
    this.count = el("span", { class: "count" });
    this.filter = el("input", { type: "search", id: "filter", placeholder: t("documents.filter"), "aria-label": t("documents.filter"), on: { input: () => this.#filtered() } });
    this.collection = this.#select("documents.into");
    this.state = this.#select("documents.state");
    this.uploads = new UploadArea();
    this.list = el("div", { class: "document-list" });
    this.status = el("p", { class: "visually-hidden", role: "status" });
    this.node = el(
      "div", { class: "documents" },
      el("h1", {}, t("documents.heading"), " ", this.count),
      this.uploads.node,
      el("div", { class: "filters" }, this.filter, this.collection, this.state),
      this.status, this.list,
    );
    this.#states();
    this.listener = (finished) => finished && this.load();
  }

  shown() {
    listeners.add(this.listener);
    this.uploads.allow(rights().may_upload);
    this.uploads.shown();
    show(this.list, el("p", { class: "working" }, t("loading")));
    this.load();
  }

  left() {
    listeners.delete(this.listener);
    this.uploads.left();
  }

  key(event) {
    if (event.key !== "/") return;
    event.preventDefault();
    this.filter.focus();
  }

  async load() {
    try {
      this.uploads.allow((await learnRights()).may_upload);
      const found = [];
      let total;
      do {
        const page = await getJson(`documents?offset=${found.length}&limit=${PAGE}`);
        total = page.total;
        found.push(...page.documents);
        if (!page.documents.length) break;
      } while (found.length < Math.min(total, MOST));
      this.documents = found;
      this.total = total;
      this.failures = failuresOf(await jobs());
      this.#collections();
      this.#draw();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(this.list, problemNote(error, () => this.load()));
    }
  }

  #select(label) {
    return el("select", { "aria-label": t(label), on: { change: () => this.#filtered() } });
  }

  #states() {
    const options = [["", "documents.allStates"], ["ready", "documents.state.ready"], ["failed", "documents.state.failed"]];
    show(this.state, options.map(([value, key]) => el("option", { value }, t(key))));
  }

  #collections() {
    const chosen = this.collection.value;
    const names = [...new Set([...this.documents, ...this.failures].map((one) => one.collection))].sort();
    show(this.collection, el("option", { value: "" }, t("documents.allCollections")), names.map((name) => el("option", { value: name }, name)));
    this.collection.value = names.includes(chosen) ? chosen : "";
    this.collection.hidden = names.length < 2;
    this.uploads.suggest(names);
  }

  #filtered() {
    this.rows = ROWS;
    this.#draw();
  }

  #matching(all) {
    const words = this.filter.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((one) => {
      const text = `${one.title} ${one.uri} ${(one.also_at || []).join(" ")}`.toLocaleLowerCase();
      return words.every((word) => text.includes(word)) && (!this.collection.value || one.collection === this.collection.value);
    });
  }

  #draw() {
    this.count.textContent = t("documents.count", { count: this.total });
    const failures = this.state.value === "ready" ? [] : this.#matching(this.failures);
    const documents = this.state.value === "failed" ? [] : this.#matching(this.documents);
    const rows = [...failures.map((one) => this.#failureRow(one)), ...documents.slice(0, this.rows).map((one) => this.#row(one))];
    if (!rows.length) {
      const empty = !this.documents.length && !this.failures.length;
      show(this.list, el("p", { class: "none" }, t(empty ? "documents.none" : "documents.noMatch")));
    } else {
      show(
        this.list,
        this.#table(rows),
        documents.length > this.rows && el("button", { type: "button", class: "more", on: { click: () => this.#more() } }, t("documents.more")),
        this.total > this.documents.length && el("p", { class: "note" }, t("documents.truncated", { count: this.documents.length })),
      );
    }
    this.status.textContent = t("documents.count", { count: failures.length + documents.length });
  }

  #more() {
    const first = this.rows;
    this.rows += ROWS;
    this.#draw();
    this.list.querySelectorAll("tbody tr")[first]?.querySelector("button")?.focus();
  }

  #table(rows) {
    const names = ["title", "collection", "size", "added", "state", "actions"];
    const head = names.map((name) => el("th", { scope: "col", class: name }, t(`documents.column.${name}`)));
    return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
  }

  #row(one) {
    const title = nameOf(one);
    const open = (event) => this.page.openEvidence({ ...one, document_id: one.id, page: one.page_starts.length ? 1 : null, start: 0, end: 0 }, event.currentTarget);
    const pages = one.page_starts.length;
    return el(
      "tr", {},
      el(
        "th", { scope: "row", class: "title" },
        el("button", { type: "button", class: "link", "aria-label": t("documents.open", { title }), on: { click: open } }, foreign(title)),
        el("span", { class: "uri" }, foreign(one.uri)),
      ),
      el("td", { class: "collection" }, foreign(one.collection)),
      el("td", { class: "size" }, pages ? t("documents.pages", { count: pages }) : t("documents.characters", { count: one.characters })),
      el("td", { class: "added" }, date(one.ingested_at)),
      el("td", { class: "state" }, el("span", { class: "state-mark ready" }, t("documents.state.ready"))),
      el("td", { class: "actions" }, rights().may_upload && iconButton("remove", t("documents.delete", { title }), () => this.#delete(one, title))),
    );
  }

  #failureRow(one) {
    const hide = () => {
      store("hidden", [...stored("hidden", []).slice(-500), one.key]);
      this.failures = this.failures.filter((other) => other !== one);
      this.#draw();
      this.filter.focus();
    };
    return el(
      "tr", { class: "failure" },
      el("th", { scope: "row", class: "title" }, foreign(one.uri), el("span", { class: "reason" }, foreign(told(one.reason).text, { lang: told(one.reason).lang }))),
      el("td", { class: "collection" }, foreign(one.collection)),
      el("td", { class: "size" }),
      el("td", { class: "added" }, date(one.at)),
      el("td", { class: "state" }, el("span", { class: "state-mark failed" }, t("documents.state.failed"))),
      el("td", { class: "actions" }, iconButton("close", t("documents.hide", { title: one.uri }), hide)),
    );
  }

  async #delete(one, title) {
    const verify = el("input", { type: "checkbox", id: "verify" });
    const parts = [
      el("p", {}, el("strong", {}, foreign(title))),
      el("p", {}, t("documents.deleteBody")),
      rights().may_prove && el("p", { class: "check" }, verify, el("label", { for: "verify" }, t("documents.deleteVerify"))),
    ].filter(Boolean);
    if (!(await confirmed(t("documents.deleteTitle"), parts, t("documents.deleteButton")))) return;
    try {
      const path = `documents/${encodeURIComponent(one.id)}${verify.checked ? "?verify=true" : ""}`;
      const { proof } = await (await request(path, { method: "DELETE" })).json();
      const told = !proof ? "documents.deleted" : proof.clean ? "documents.deletedProof" : "documents.deletedLeft";
      await this.load();
      this.uploads.tell(t(told, { title }));
      this.filter.focus();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.uploads.tell(problemNote(error, () => this.#delete(one, title)));
    }
  }
}

/** The last uploads; none where the key does not allow to see them. */
async function jobs() {
  try {
    return await adopt();
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return [];
    throw error;
  }
}

/** The files that failed when they were uploaded last, unless their failure was hidden. */
function failuresOf(jobs) {
  const hidden = new Set(stored("hidden", []));
  const seen = new Set();
  const found = [];
  for (const job of jobs) {
    for (const [ordinal, file] of job.files.entries()) {
      const name = JSON.stringify([job.collection, file.name]);
      if (seen.has(name)) continue;
      seen.add(name);
      const key = `${job.id}/${ordinal}`;
      if (file.state !== "failed" || hidden.has(key)) continue;
      found.push({ key, title: "", uri: file.name, collection: job.collection, reason: file.reason, at: job.finished_at || job.created_at });
    }
  }
  return found;
}
