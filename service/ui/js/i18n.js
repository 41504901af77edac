// The words of the page, in the language of the page. Answers are in the language of their question.

const LOADERS = {
  en: async () => [(await import("./strings/en.js")).default, []],
  zh: async () => (await Promise.all([import("./strings/zh.js"), import("./strings/zh_told.js")])).map((one) => one.default),
};
let language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
let [table, tellings] = await LOADERS[language]();

/** The language of the page, `zh` or `en`. */
export function current() {
  return language;
}

/** Switch the page's language and keep it. The caller draws the page anew. */
export async function switchTo(name) {
  [table, tellings] = await LOADERS[name]();
  language = name;
  document.documentElement.lang = name === "zh" ? "zh-CN" : "en";
  try {
    localStorage.setItem("youju.language", name);
  } catch {
    // kept for this visit only
  }
}

/** The string of a key with `{names}` filled in. Where `count` is 1, English has `key.one`. */
export function t(key, values = {}) {
  const text = (values.count === 1 && table[`${key}.one`]) || table[key];
  if (text === undefined) throw new Error(`no string ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value) : String(value);
  });
}

/** What the service says, in the language of the page where that is known: `{text, lang}`. */
export function told(said) {
  const found = tellings.find(([pattern]) => pattern.test(said));
  if (!found) return { text: said, lang: "en" };
  const groups = found[0].exec(said);
  return { text: found[1].replace(/\{(\d)\}/g, (_, number) => groups[Number(number)] ?? ""), lang: "zh-CN" };
}

/** Whether there is a string of that key. */
export function has(key) {
  return key in table;
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function percent(share) {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** How far a passage supports a sentence, 0 to 1, in words. */
export function support(score) {
  return t(`support.${score >= 0.8 ? "whole" : score >= 0.5 ? "most" : "part"}`);
}

/** Milliseconds as people say them. */
export function duration(milliseconds) {
  return milliseconds < 1000 ? `${number(milliseconds)} ms` : `${number(milliseconds / 1000, 1)} s`;
}

/** Bytes in a fitting unit. */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${number(bytes / 1000 ** step, step > 1 ? 1 : 0)} ${units[step]}`;
}

export function date(iso) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(new Date(iso));
}

/** How long ago, in the largest unit that fits. */
export function ago(iso) {
  const seconds = (new Date(iso) - Date.now()) / 1000;
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = steps.find(([, one]) => Math.abs(seconds) >= one) || ["second", 1];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(seconds / length), unit);
}

function locale() {
  return language === "zh" ? "zh-CN" : "en-GB";
}
