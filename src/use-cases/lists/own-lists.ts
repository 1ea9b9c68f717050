import { createHash } from 'node:crypto';
import {
  entriesAtMost,
  type ListTexts,
  listsAtMost,
  type NewEntry,
  slugOfList,
} from '../../core/lists/shared-list.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { addEntries, listEntries, removeEntries, setReason } from '../../db/lists/entries.ts';
import {
  addList,
  endLists,
  isSlugTaken,
  type ListAddress,
  listOwnLists,
  lockOwnList,
  nextRevision,
  setListAddress,
  setListTexts,
} from '../../db/lists/lists.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import { makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import type { ListRequest } from '../subscriptions/sync-lists.ts';

type Context = Pick<UseCaseContext, 'db' | 'keys' | 'enqueue'>;

/** A list that was made. `token`: the secret part of a private list's link, which is not stored. */
export type MadeList = { id: number; token: string | null };

/**
 * Makes a list with its first trials and conditions. `many`: the owner has as many lists as one may have; null: there
 * is no such person.
 */
export async function makeList(
  context: Context,
  ownerId: number,
  wanted: ListTexts & { isPublic: boolean; entries: readonly NewEntry[] },
  now: Instant,
): Promise<MadeList | 'many' | null> {
  return context.db.transaction().execute(async (tx) => {
    if (!(await lockSubscriber(tx, ownerId))) return null;
    if ((await listOwnLists(tx, ownerId)).length >= listsAtMost) return 'many';
    const { address, token } = await chooseAddress(tx, null, wanted.name, wanted.isPublic);
    const { name, organization } = wanted;
    const id = await addList(tx, { ownerId, address, name, organization, now });
    // Another list took the slug meanwhile.
    if (id === null) throw new Error('the address of a list is taken');
    const entries = distinct(wanted.entries).slice(0, entriesAtMost);
    if (entries.length > 0)
      await addEntries(tx, id, entries, { revision: await nextRevision(tx, id, now), now });
    return { id, token };
  });
}

/** What became of trials and conditions that were to be added. `tooMany`: nothing was added. */
export type AddedToList = { added: number; known: number; tooMany: boolean };

/** Adds to an own list, all or nothing; what is on it already stays as it is. Null if there is no such list. */
export async function addToList(
  context: Context,
  ownerId: number,
  id: number,
  entries: readonly NewEntry[],
  now: Instant,
): Promise<AddedToList | null> {
  return change(context, ownerId, id, now, async (tx, { tellFollowers }) => {
    const present = await listEntries(tx, id);
    const there = new Set(present.map(({ topics }) => keyOf(topics)));
    const wanted = distinct(entries);
    const fresh = wanted.filter(({ understood }) => !there.has(keyOf(understood.topics)));
    const known = wanted.length - fresh.length;
    if (present.length + fresh.length > entriesAtMost) return { added: 0, known, tooMany: true };
    if (fresh.length > 0) {
      await addEntries(tx, id, fresh, { revision: await nextRevision(tx, id, now), now });
      tellFollowers();
    }
    return { added: fresh.length, known, tooMany: false };
  });
}

/** Removes from an own list. Returns the number removed; null if there is no such list. */
export async function removeFromList(
  context: Context,
  ownerId: number,
  id: number,
  entryIds: readonly number[],
  now: Instant,
): Promise<number | null> {
  return change(context, ownerId, id, now, async (tx, { tellFollowers }) => {
    const gone = (await listEntries(tx, id)).map((one) => one.id).filter((one) => entryIds.includes(one));
    if (gone.length > 0) {
      await removeEntries(tx, id, gone, { revision: await nextRevision(tx, id, now), now });
      tellFollowers();
    }
    return gone.length;
  });
}

/** Changes the name and the organization of an own list, if there is such a list. */
export async function renameList(
  context: Context,
  ownerId: number,
  id: number,
  texts: ListTexts,
  now: Instant,
): Promise<void> {
  await change(context, ownerId, id, now, async (tx) => {
    await setListTexts(tx, id, texts);
  });
}

/** What is on a list with its reasons, as a short text by which a form knows whether they are still the same. */
export function markReasons(entries: readonly { id: number; reason: string }[]): string {
  const said = entries.map(({ id, reason }) => [id, reason] as const).toSorted(([a], [b]) => a - b);
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32);
}

/**
 * Writes the reasons of some of an own list's trials and conditions, if there is such a list. `seen` is the mark of what
 * the form began with: false, and nothing is written, if that has changed since. Null writes in any case.
 */
export async function writeReasons(
  context: Context,
  ownerId: number,
  id: number,
  { reasons, seen }: { reasons: ReadonlyMap<number, string>; seen: string | null },
  now: Instant,
): Promise<boolean> {
  const done = await change(context, ownerId, id, now, async (tx) => {
    const entries = await listEntries(tx, id);
    if (seen !== null && seen !== markReasons(entries)) return false;
    for (const one of entries) {
      const reason = reasons.get(one.id);
      if (reason !== undefined && reason !== one.reason) await setReason(tx, id, one.id, reason, now);
    }
    return true;
  });
  return done ?? true;
}

/**
 * Makes an own list public or private, with a new address each time; the one before stops working, and its followers
 * go on. Null if there is no such list.
 */
export async function moveList(
  context: Context,
  ownerId: number,
  id: number,
  isPublic: boolean,
  now: Instant,
): Promise<MadeList | null> {
  return change(context, ownerId, id, now, async (tx, { name }) => {
    const { address, token } = await chooseAddress(tx, id, name, isPublic);
    await setListAddress(tx, id, address);
    return { id, token };
  });
}

/** Ends an own list: its page goes, and its followers keep what it brought. */
export async function endOwnList(context: Context, ownerId: number, id: number, now: Instant): Promise<void> {
  await change(context, ownerId, id, now, async (tx, { tellFollowers }) => {
    await endLists(tx, { id }, 'owner', now);
    tellFollowers();
  });
}

/** Ends all lists of a person who is erased, in the caller's transaction. The next sweep gives that to their followers. */
export async function endListsOf(tx: Tx, ownerId: number, now: Instant): Promise<void> {
  await endLists(tx, { ownerId }, 'owner', now);
}

/** A locked list. `tellFollowers` has the workers give its followers what the transaction changes. */
type OwnList = { name: string; tellFollowers: () => void };

/** Changes a locked list in a transaction; null if the person has no such list. */
async function change<T>(
  { db, keys, enqueue }: Context,
  ownerId: number,
  id: number,
  now: Instant,
  work: (tx: Tx, list: OwnList) => Promise<T>,
): Promise<T | null> {
  const done = await db.transaction().execute(async (tx) => {
    const list = await lockOwnList(tx, ownerId, id);
    if (!list) return null;
    let isTold = false;
    const tellFollowers = () => {
      isTold = true;
    };
    const result = await work(tx, { name: list.name, tellFollowers });
    const ask: ListRequest = { listId: id };
    const params = keys.encrypt(JSON.stringify(ask));
    const requestId = isTold ? await addRequest(tx, { kind: 'sync-list', params, now }) : null;
    return { result, requestId };
  });
  if (done?.requestId) await enqueue('requests', { requestId: done.requestId });
  return done ? done.result : null;
}

async function chooseAddress(
  tx: Tx,
  own: number | null,
  name: string,
  isPublic: boolean,
): Promise<{ address: ListAddress; token: string | null }> {
  if (!isPublic) {
    const { token, hash: tokenHash } = makeToken();
    return { address: { tokenHash }, token };
  }
  const base = slugOfList(name);
  let slug = base;
  for (let n = 2; await isSlugTaken(tx, slug, own); n += 1) slug = `${base}-${n}`;
  return { address: { slug }, token: null };
}

const keyOf = (topics: readonly string[]) => topics.toSorted().join('\n');

/** Each subject once, with its first reason that is not empty. */
function distinct(entries: readonly NewEntry[]): NewEntry[] {
  const found = new Map<string, NewEntry>();
  for (const one of entries) {
    const key = keyOf(one.understood.topics);
    const before = found.get(key);
    if (!before || (before.reason === '' && one.reason !== '')) found.set(key, one);
  }
  return [...found.values()];
}
