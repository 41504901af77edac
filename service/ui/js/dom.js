// Makes elements. Text goes in as text, never as markup: this is the only file that creates nodes from strings.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element. `props` are attributes, `on: {event: listener}` and `dataset`; children are nodes or strings. */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element, in the same way. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Text of unknown origin inside a line of ours: its direction signs end with it. */
export function foreign(text, props = {}) {
  return el("bdi", props, text);
}

/** Text for screen readers only. */
export function hidden(text) {
  return el("span", { class: "visually-hidden" }, text);
}

const ICONS = {
  send: ["M12 19V5", "M6 11l6-6 6 6"],
  stop: ["M7 7h10v10H7z"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  add: ["M12 5v14", "M5 12h14"],
  copy: ["M9 9h10v10H9z", "M15 9V5H5v10h4"],
  previous: ["M15 5l-7 7 7 7"],
  next: ["M9 5l7 7-7 7"],
  edit: ["M5 19l1-4L16 5l3 3L9 18z", "M14 7l3 3"],
  download: ["M12 4v11", "M7 11l5 5 5-5", "M5 20h14"],
  remove: ["M5 7h14", "M10 7V5h4v2", "M7 7l1 12h8l1-12"],
  again: ["M19 12a7 7 0 1 1-2-5", "M19 4v4h-4"],
  theme: ["M12 4a8 8 0 1 0 0 16z", "M12 4a8 8 0 0 1 0 16"],
};

/** A small drawing of lines; decoration only, the button beside it says what it means. */
export function icon(name) {
  const paths = ICONS[name].map((d) => svg("path", { d }));
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, paths);
}

/** A button with an icon whose name is read aloud and shown as tooltip. */
export function iconButton(name, label, onClick, props = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: onClick }, ...props }, icon(name));
}

/** Replace all children. */
export function show(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/** What `load()` gives, or null where the view that `node` stands in was left meanwhile. The address changes before the view does. */
export async function whileShown(node, load) {
  const address = window.location.hash;
  const loaded = await load();
  return node.isConnected && window.location.hash === address ? loaded : null;
}
