// What the browser keeps for this page. Storage may be full or forbidden; the page then works without.

/** The value kept under `youju.<name>`, or `fallback`. */
export function stored(name, fallback, storage = "localStorage") {
  try {
    const text = window[storage].getItem(`youju.${name}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Keep a value; `null` forgets it. Returns whether it is kept. */
export function store(name, value, storage = "localStorage") {
  try {
    if (value === null) window[storage].removeItem(`youju.${name}`);
    else window[storage].setItem(`youju.${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
