// Where a question is looked for: everywhere, in one collection, or in documents that were chosen. Kept in this browser.

import { getJson, Problem } from "./api.js";
import { findCollections } from "./collections.js";
import { el, foreign, iconButton, show, whileShown } from "./dom.js";
import { t } from "./i18n.js";
import { store, stored } from "./stored.js";

const LOOKED_FOR = 20; // chosen documents of which it is asked whether they are still there

/** `{collection, documents}`: the collection's name, "" for the default; `[{id, title}]`, empty for all. */
export function scope() {
  return { collection: stored("scope", ""), documents: stored("chosen", []) };
}

/** Ask of these documents only, `[{id, title}]`; of all where there are none. */
export function choose(documents) {
  store("chosen", documents.length ? documents.map(({ id, title }) => ({ id, title })) : null);
}

/** The control for it. `changed()` is called when it was changed. */
export class ScopeChoice {
  constructor(changed) {
    this.changed = changed;
    this.collections = [];
    this.node = el("div", { class: "scope" });
  }

  /** Learn what there is to choose from, and forget what is gone. */
  async load() {
    try {
      const { collections, total } = await findCollections();
      if (!collections.some(({ name }) => name === stored("scope", ""))) store("scope", null);
      this.collections = collections;
      this.total = total;
      await forgetGone();
    } catch (error) {
      if (error instanceof Problem) return; // asking will tell
      throw error;
    }
    this.#draw();
  }

  #draw() {
    const { collection, documents } = scope();
    const several = this.collections.length > 1 || collection;
    const choice = several && el(
      "select", { id: "scope", on: { change: () => this.#set(choice.value) } },
      [["", t("ask.scopeAll")], ...this.collections.map(({ name }) => [name, name])].map(([value, name]) => el("option", { value }, name)),
    );
    if (several) choice.value = collection;
    const chosen = documents.length === 1 ? foreign(documents[0].title) : t("ask.chosen", { count: documents.length });
    const pick = el(
      "button", { type: "button", class: "quiet pick", "aria-haspopup": "dialog", on: { click: () => this.#pick() } },
      documents.length ? [t("ask.only"), " ", chosen] : t("ask.choose"),
    );
    show(
      this.node,
      several && el("label", { for: "scope" }, t("ask.scope")), several && choice,
      (this.total > 1 || documents.length > 0) && pick,
      documents.length > 0 && iconButton("close", t("ask.everywhere"), () => this.#take([])),
    );
  }

  #set(collection) {
    store("scope", collection || null);
    this.#take([]);
  }

  #take(documents) {
    choose(documents);
    this.#draw();
    this.changed();
    this.node.querySelector(".pick")?.focus();
  }

  async #pick() {
    const picker = await whileShown(this.node, () => import("./pick_documents.js"));
    const found = await picker?.pickDocuments(scope());
    if (found) this.#take(found);
  }
}

async function forgetGone() {
  const chosen = scope().documents;
  const looks = chosen.slice(0, LOOKED_FOR).map((one) => getJson(`documents/${encodeURIComponent(one.id)}`).then(() => null, () => one.id));
  const gone = await Promise.all(looks);
  if (gone.some(Boolean)) choose(chosen.filter((one) => !gone.includes(one.id)));
}
