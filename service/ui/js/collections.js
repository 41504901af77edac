// The collections, learned from the list of documents, which is ordered by them: two short requests for each.

import { getJson } from "./api.js";

const MOST = 100;

/** `[{name, documents}]`, and how many documents there are in all. */
export async function findCollections() {
  const found = [];
  let total = 0;
  for (let offset = 0; found.length < MOST; ) {
    const page = await getJson(`documents?offset=${offset}&limit=1`);
    total = page.total;
    if (!page.documents.length) break;
    const name = page.documents[0].collection;
    const documents = (await getJson(`documents?collection=${encodeURIComponent(name)}&limit=1`)).total;
    found.push({ name, documents });
    offset += Math.max(1, documents); // deleted in between
  }
  return { collections: found, total };
}
