// Talks to the service: JSON, event streams, uploads. Every error is a `Problem`. Knows nothing of the page, but for the key.

import { askForKey, key } from "./key.js";

const OWN = { "X-Youju-Page": "1" }; // pages of other origins cannot send it: `service/http/origins.py`

/** What went wrong, as the service's problem details tell it (RFC 9457); `status` 0 means that it was not reached. */
export class Problem extends Error {
  constructor(details) {
    super(details.detail || details.title || "");
    this.type = (details.type || "").split(":").pop();
    this.status = details.status || 0;
    this.detail = details.detail || details.title || "";
    this.advice = details.advice || "";
    this.requestId = details.request_id || "";
    this.retryAfter = details.retryAfter || Number(details.retry_after) || 0; // seconds
  }
}

/** The address of a route, also where a proxy serves the page below another path. */
function address(path) {
  return new URL(path, document.baseURI);
}

/** Fetch; asks for a key and tries again where one is wanted. Raises: Problem, or AbortError. */
export async function request(path, options = {}) {
  for (;;) {
    const used = key();
    const response = await reach(path, options, used);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status !== 401) throw problem;
    if (key() === used && !(await askForKey(Boolean(used)))) throw problem;
  }
}

async function reach(path, options, used) {
  const headers = { ...options.headers, ...OWN, ...(used ? { Authorization: `Bearer ${used}` } : {}) };
  try {
    return await fetch(address(path), { ...options, headers });
  } catch (error) {
    throw unreached(error);
  }
}

function unreached(error) {
  return error.name === "AbortError" ? error : new Problem({ type: "offline" });
}

async function problemOf(response) {
  return new Problem(details(await response.text(), response.status, response.headers.get("Retry-After")));
}

function details(text, status, retryAfter) {
  const more = { status, retryAfter: Number(retryAfter) || 0 };
  try {
    return { ...JSON.parse(text), ...more };
  } catch {
    return { ...more, title: `HTTP ${status}` }; // a proxy's page, say
  }
}

/** The JSON of an answer of any status, for routes whose 503 is no problem but says what is lacking. */
export async function getStatus(path) {
  const response = await reach(path, {}, key());
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(details(text, response.status)); // not the service: a proxy that does not reach it
  }
}

export async function getJson(path, options) {
  return (await request(path, options)).json();
}

/** Where in a stream an event ends: an empty line, whichever line ends are used. */
const EVENT_END = /\r\n\r\n|\n\n|\r\r/;

/** The events of a stream as `{name, data}`. Read with fetch, since EventSource sends no headers.
 *  Raises: Problem (type `offline` where the connection is lost on the way), or AbortError. */
export async function* events(path, options = {}) {
  const response = await request(path, { ...options, headers: { ...options.headers, Accept: "text/event-stream" } });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (waiting + decoder.decode(value, { stream: true })).split(EVENT_END);
      waiting = parts.pop();
      for (const part of parts) {
        const event = parsed(part);
        if (event) yield event;
      }
    }
  } catch (error) {
    throw error instanceof Problem ? error : unreached(error);
  } finally {
    reader.cancel().catch(() => {}); // the stream may be broken already
  }
}

function parsed(block) {
  let name = "message";
  const data = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null; // comments keep the connection open
}

/** The text of a document. Its offsets count code points, so a leading byte order mark must stay. */
export async function getText(path) {
  const bytes = await (await request(path)).arrayBuffer();
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** POST a form and tell the share of it that was sent (fetch does not). Raises: Problem. */
export async function upload(path, form, onProgress) {
  for (;;) {
    const used = key();
    const answer = await sent(path, form, onProgress, used);
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.responseText);
    const problem = new Problem(details(answer.responseText, answer.status, answer.getResponseHeader("Retry-After")));
    if (answer.status !== 401) throw problem;
    if (key() === used && !(await askForKey(Boolean(used)))) throw problem;
  }
}

function sent(path, form, onProgress, used) {
  return new Promise((resolve, reject) => {
    const post = new XMLHttpRequest();
    post.open("POST", address(path));
    for (const [name, value] of Object.entries(OWN)) post.setRequestHeader(name, value);
    if (used) post.setRequestHeader("Authorization", `Bearer ${used}`);
    post.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    post.addEventListener("load", () => resolve(post));
    post.addEventListener("error", () => reject(new Problem({ type: "offline" })));
    post.send(form);
  });
}
