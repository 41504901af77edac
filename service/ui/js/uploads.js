// Uploads: sent a few files at a time, then followed by the event stream of their job. They go on while other views are
// shown. Knows nothing of the page: `listeners` are told of every change.

import { events, getJson, Problem, upload } from "./api.js";

const GROUP_FILES = 20;
const GROUP_BYTES = 64e6;

/** The files of this visit: `{name, size, state, sent, chunks, reason, problem}`; `state` is `waiting`, `sending`, or one of the
 *  job's (`queued`, `embedding`, `done`, `failed`). */
export let uploads = [];
export const listeners = new Set();
const unsent = [];
const unfollowed = []; // {id, files}: one at a time, since a browser opens few connections
let sending = false;
let following = false;

function changed(finished = false) {
  for (const listener of listeners) listener(finished);
}

/** Queue files, `[{file, name}]`, for a collection; an empty one is the service's default. */
export function addUploads(files, collection) {
  const added = files.map(({ file, name }) => ({ file, name, collection, size: file.size, state: "waiting", sent: 0, reason: "", problem: null }));
  added.sort((one, other) => one.size - other.size); // what is soon done can be asked about soon
  uploads.push(...added);
  unsent.push(...added);
  changed();
  sendAll();
}

/** Forget those that have ended. */
export function clearUploads() {
  uploads = uploads.filter((one) => !isEnded(one));
  changed();
}

export function isEnded(one) {
  return one.state === "done" || one.state === "failed";
}

/** Follow the jobs that an earlier visit, or somebody else, left unfinished. */
export async function adopt() {
  const { jobs } = await getJson("jobs?limit=100");
  if (sending) return jobs; // one of them may be that of the files on their way, whose answer has not come yet
  for (const job of jobs.filter((one) => !one.finished_at && !isKnown(one.id)).reverse()) {
    const files = job.files.map((file) => ({ ...file, collection: job.collection, sent: 1, problem: null, job: job.id }));
    uploads.push(...files);
    unfollowed.push({ id: job.id, files });
  }
  changed();
  followAll();
  return jobs;
}

function isKnown(id) {
  return uploads.some((one) => one.job === id);
}

function nextGroup() {
  const group = [];
  let bytes = 0;
  while (unsent.length && group.length < GROUP_FILES) {
    const [next] = unsent;
    if (group.length && (bytes + next.size > GROUP_BYTES || next.collection !== group[0].collection)) break;
    group.push(unsent.shift());
    bytes += next.size;
  }
  return group;
}

async function sendAll() {
  if (sending) return;
  sending = true;
  while (unsent.length) await send(nextGroup());
  sending = false;
}

async function send(group) {
  const form = new FormData();
  for (const one of group) form.append("files", one.file, one.name);
  if (group[0].collection) form.append("collection", group[0].collection);
  for (const one of group) one.state = "sending";
  changed();
  try {
    const job = await upload("documents", form, (share) => {
      for (const one of group) one.sent = share;
      changed();
    });
    for (const one of group) one.job = job.id;
    take(group, job);
    unfollowed.push({ id: job.id, files: group });
    followAll();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (group.length > 1 && error.status === 413) unsent.unshift(...group.splice(1)); // perhaps only together too large
    for (const one of group) Object.assign(one, { state: "failed", reason: `${error.detail} ${error.advice}`.trim(), problem: error });
    changed();
  }
}

async function followAll() {
  if (following) return;
  following = true;
  while (unfollowed.length) await follow(unfollowed.shift());
  following = false;
}

async function follow({ id, files }) {
  try {
    for await (const { name, data } of events(`jobs/${encodeURIComponent(id)}`)) {
      if (name !== "job") continue;
      take(files, data);
      if (data.finished_at) changed(true);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    for (const one of files.filter((file) => !isEnded(file))) one.problem = error; // the job itself goes on
    changed();
  }
}

function take(files, job) {
  files.forEach((one, ordinal) => {
    const { state, reason, chunks, document_id: id } = job.files[ordinal];
    Object.assign(one, { state, reason, chunks, documentId: id, sent: 1, file: null, problem: null });
  });
  changed();
}
