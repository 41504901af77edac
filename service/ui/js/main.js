// Puts the page together: header, the view that the address names, and the evidence beside it.

import { AskView, askNext } from "./ask.js";
import "./drops.js";
import { el, icon, show, whileShown } from "./dom.js";
import { current, switchTo, t } from "./i18n.js";
import { forgetKey, key } from "./key.js";
import { choose } from "./scope.js";

const VIEWS = {
  ask: async () => AskView,
  documents: async () => (await import("./documents.js")).DocumentsView,
  health: async () => (await import("./health.js")).HealthView,
};
const THEMES = ["auto", "light", "dark"];

const status = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
const header = el("header", { class: "top" });
const main = el("main", { id: "content", tabindex: "-1" });
const layout = el("div", { class: "layout" }, main);
let view = null;
let panel = null;
let drawn = 0;

const page = {
  /** Read a sentence aloud when the screen reader has time for it. */
  announce(text) {
    status.append(el("p", {}, text));
    while (status.childNodes.length > 20) status.firstChild.remove();
  },
  async openEvidence(place, opener) {
    if (!panel) {
      const evidence = await whileShown(opener ?? main, () => import("./evidence.js"));
      if (!evidence) return;
      panel ??= new evidence.EvidencePanel([header, main], page.ask);
      layout.append(panel.node);
    }
    await panel.open(place, opener);
  },
  /** Ask a question of these documents, `[{id, title}]`; without one, go where it can be written. */
  ask(question, documents) {
    choose(documents);
    askNext(question);
    panel?.close();
    if (viewName() === "ask") draw();
    else window.location.hash = "#/";
  },
};

/** The place in a document that the address names: `#/open/ID/START-END`. */
function addressed() {
  const found = /^#\/open\/([^/]+)\/(\d+)-(\d+)$/.exec(window.location.hash);
  return found && { document_id: decodeURIComponent(found[1]), start: Number(found[2]), end: Number(found[3]) };
}

function viewName() {
  const name = window.location.hash.replace(/^#\/?/, "");
  return Object.hasOwn(VIEWS, name) ? name : "ask";
}

function theme() {
  return document.documentElement.dataset.theme || "auto";
}

function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "auto") localStorage.removeItem("youju.theme");
    else localStorage.setItem("youju.theme", next);
  } catch {
    // kept for this visit only
  }
  drawHeader();
  header.querySelector(".theme").focus();
}

function drawHeader() {
  const name = viewName();
  const link = (one) => el("a", { href: `#/${one === "ask" ? "" : one}`, "aria-current": one === name && "page" }, t(`view.${one}`));
  const themeName = t(`app.theme.${theme()}`);
  const language = el(
    "button",
    { type: "button", class: "quiet language", lang: current() === "zh" ? "en" : "zh-CN", "aria-label": t("app.languageLabel"), on: { click: otherLanguage } },
    t("app.language"),
  );
  const colours = el("button", { type: "button", class: "icon-button theme", "aria-label": themeName, title: themeName, on: { click: nextTheme } }, icon("theme"));
  const forget = el("button", { type: "button", class: "quiet", on: { click: forgetKey } }, t("key.forget"));
  show(
    header,
    el("a", { class: "skip", href: "#content", on: { click: skip } }, t("app.skip")),
    el("a", { class: "brand", href: "#/" }, el("span", {}, "Youju"), el("span", { lang: "zh-CN" }, "有据")),
    el("nav", { "aria-label": t("app.views") }, Object.keys(VIEWS).map(link)),
    el("div", { class: "top-buttons" }, key() && forget, language, colours),
  );
}

function skip(event) {
  event.preventDefault(); // the address names the view
  main.focus();
}

async function otherLanguage() {
  await switchTo(current() === "zh" ? "en" : "zh");
  panel?.close();
  panel?.node.remove();
  panel = null;
  draw().then(() => header.querySelector(".language").focus());
}

async function draw() {
  const turn = (drawn += 1);
  const name = viewName();
  drawHeader();
  document.title = name === "ask" ? "Youju 有据" : `${t(`view.${name}`)} · Youju 有据`;
  const View = await VIEWS[name]();
  if (turn !== drawn) return;
  view?.left?.();
  view = new View(page);
  main.className = name;
  show(main, view.node);
  view.shown?.();
  document.documentElement.dataset.ready = name;
  const place = addressed();
  if (place) await page.openEvidence(place, main);
}

window.addEventListener("hashchange", async () => {
  panel?.close();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close(); // the browser's own back leads away beneath it
  window.scrollTo(0, 0);
  await draw();
  if (viewName() !== "ask") main.focus({ preventScroll: true });
});
document.addEventListener("youju:key", drawHeader);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  if (event.key === "Escape") panel?.close();
  else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) view?.key?.(event);
});

document.body.prepend(header, layout, status);
draw();
