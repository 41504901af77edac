// The view of the documents: the list, uploads, deletion.

import { getJson, Problem, request } from "./api.js";
import { confirmed } from "./dialog.js";
import { DocumentTable } from "./document_table.js";
import { el, foreign, show } from "./dom.js";
import { t } from "./i18n.js";
import { problemNote } from "./problems.js";
import { learnRights, rights } from "./rights.js";
import { nameOf } from "./sources.js";
import { store, stored } from "./stored.js";
import { UploadArea } from "./upload_area.js";
import { adopt, listeners } from "./uploads.js";

const PAGE = 1000; // documents in one request
const MOST = 10_000; // documents held for filtering
const ROWS = 200; // drawn at once
const MOST_ASKED = 1000; // documents that a question may name

/** `page`: openEvidence(place, opener), ask(question, documents), announce(text). */
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
    this.selection = el("div", { class: "buttons selection", role: "group", "aria-label": t("documents.selection"), hidden: true });
    this.table = new DocumentTable({
      open: (one, button) => page.openEvidence({ ...one, document_id: one.id, page: one.page_starts.length ? 1 : null, start: 0, end: 0 }, button),
      remove: (one) => this.#delete(one, nameOf(one)), hide: (one) => this.#hide(one), changed: () => this.#filtered(), selected: () => this.#selection(),
    });
    this.status = el("p", { class: "visually-hidden", role: "status" });
    this.node = el(
      "div", { class: "documents" },
      el("h1", {}, t("documents.heading"), " ", this.count),
      this.uploads.node,
      el("div", { class: "filters" }, this.filter, this.collection, this.state),
      this.selection, this.status, this.list,
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
      this.table.keep(found);
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
    this.table.mayChange = rights().may_upload;
    if (!failures.length && !documents.length) {
      const empty = !this.documents.length && !this.failures.length;
      show(this.list, el("p", { class: "none" }, t(empty ? "documents.none" : "documents.noMatch")));
    } else {
      show(
        this.list,
        this.table.draw(failures, documents, this.rows),
        documents.length > this.rows && el("button", { type: "button", class: "more", on: { click: () => this.#more() } }, t("documents.more")),
        this.total > this.documents.length && el("p", { class: "note" }, t("documents.truncated", { count: this.documents.length })),
      );
    }
    this.#selection();
    this.status.textContent = t("documents.count", { count: failures.length + documents.length });
  }

  #more() {
    const first = this.rows;
    this.rows += ROWS;
    this.#draw();
    this.list.querySelectorAll("tbody tr")[first]?.querySelector("button.link")?.focus();
  }

  #hide(failure) {
    store("hidden", [...stored("hidden", []).slice(-500), failure.key]);
    this.failures = this.failures.filter((other) => other !== failure);
    this.#draw();
    this.filter.focus();
  }

  /** What can be done with those that are selected. */
  #selection() {
    const chosen = this.documents.filter((one) => this.table.selected.has(one.id));
    const ask = () => this.page.ask("", chosen.slice(0, MOST_ASKED).map((one) => ({ id: one.id, title: nameOf(one) })));
    this.selection.hidden = !chosen.length;
    show(
      this.selection,
      el("span", {}, t("documents.selected", { count: chosen.length })),
      el("button", { type: "button", on: { click: ask } }, t("documents.askThese")),
      rights().may_upload && el("button", { type: "button", class: "danger", on: { click: () => this.#deleteAll(chosen) } }, t("documents.deleteThese")),
    );
  }

  async #deleteAll(chosen) {
    const parts = [el("p", {}, el("strong", {}, t("documents.count", { count: chosen.length }))), el("p", {}, t("documents.deleteBody"))];
    if (!(await confirmed(t("documents.deleteSeveral"), parts, t("documents.deleteButton")))) return;
    let done = 0;
    try {
      for (const one of chosen) {
        this.uploads.tell(t("documents.deleting", { done: done + 1, count: chosen.length }));
        await request(`documents/${encodeURIComponent(one.id)}`, { method: "DELETE" }).catch(unlessGone);
        done += 1;
      }
      this.uploads.tell(t("documents.deletedSeveral", { count: done }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.uploads.tell(problemNote(error, () => this.#deleteAll(chosen.slice(done))));
    }
    await this.load();
    this.filter.focus();
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

/** What somebody else deleted in between is deleted. */
function unlessGone(error) {
  if (!(error instanceof Problem && error.status === 404)) throw error;
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
