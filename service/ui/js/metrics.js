// Reads Prometheus' text format.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES = { n: "\n" };

/** The samples of an exposition: `find(name, labels)` are those with these labels, `value(name, labels)` their sum. */
export class Samples {
  constructor(text) {
    this.samples = text.split("\n").map(sample).filter(Boolean);
  }

  find(name, labels = {}) {
    const fits = (one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value);
    return this.samples.filter((one) => one.name === name && fits(one));
  }

  /** Undefined where there are none. */
  value(name, labels) {
    const found = this.find(name, labels);
    return found.length ? found.reduce((sum, one) => sum + one.value, 0) : undefined;
  }
}

function sample(line) {
  if (line.startsWith("#")) return null;
  const match = LINE.exec(line);
  if (!match) return null;
  const [, name, labels = "", value] = match;
  const named = [...labels.matchAll(LABEL)].map(([, key, text]) => [key, text.replace(/\\(.)/g, (_, c) => ESCAPES[c] ?? c)]);
  return { name, labels: Object.fromEntries(named), value: Number(value.replace("Inf", "Infinity")) };
}
