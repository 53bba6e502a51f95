// Drafts of forms are stored in this browser: they outlive the tab, and wait until they are saved or thrown away.

const DATABASE = "zhanggui";
const STORE = "drafts";
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: "id" }).createIndex("scope", "scope");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(mode, work) {
  const transaction = (await database()).transaction(STORE, mode);
  const request = work(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const allDrafts = () => run("readonly", (store) => store.getAll());
export const draftsOf = (scope) => run("readonly", (store) => store.index("scope").getAll(scope));
export const keepDraft = (draft) => run("readwrite", (store) => store.put(draft));
export const dropDraft = (id) => run("readwrite", (store) => store.delete(id));
