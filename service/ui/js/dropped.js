// Files out of a drop or a choice, folders gone through. They keep the names of their folders, since a document of the same name
// replaces the other.

/** `[{file, path}]` of what was dropped; read at once, since the browser forgets the drop when the handler returns. */
export async function filesOfDrop(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() || item.getAsFile());
  const found = [];
  for (const entry of entries) if (entry) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry instanceof File) found.push({ file: entry, path: entry.name });
  else if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
  } else for (const child of await children(entry)) await walk(child, found);
}

async function children(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at most
    if (!some.length) return all;
    all.push(...some);
  }
}

/** The same of an input for files or a folder. */
export function filesOfInput(input) {
  return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** `[{file, name}]`: files out of folders are named with them, as they are shown. Files that systems hide are left out. */
export function named(files) {
  const wanted = files.filter(({ path }) => !path.includes("/") || !path.split("/").some((part) => part.startsWith(".")));
  return wanted.map(({ file, path }) => ({ file, name: path }));
}
