import { registries } from '../../core/registries.ts';
import type { Day } from '../../core/trial.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type {
  Adapter,
  AdapterOptions,
  Registry,
  RegistryPage,
  RegistryQuery,
  RegistryRecord,
} from '../adapter.ts';
import { createHttp } from '../http.ts';
import { faultyAtMost, readOrSetAside } from '../set-aside.ts';
import { ctisId } from './ctis-trial.ts';
import { euNumberBase, findEuNumbers, isEudraCtNumber, isEuNumber, isEuNumberBase } from './eu-numbers.ts';
import { keepPaths } from './kept-paths.ts';
import { openPortal } from './portal.ts';
import { readCtisRecord } from './read-record.ts';
import { SearchRow } from './search-row.ts';
import { idOfRow, searchRows, sweepRows } from './sweep.ts';

const { name, recordUrl } = registries.ctis;

/**
 * Raise it whenever `readRecord` would make a different Trial from the same kept answer: a new field, another
 * normalisation (including that of `core/text`), another order. Stored answers are then read again before the
 * next comparison (C15).
 */
const projection = 2;

/** Records in one page of a reading. Each is a request of its own. */
const recordsAtOnce = 20;

/** The ids of a list, and why some may be missing. */
type Listed = { ids: string[]; shortfall: string | null };

/** The EU Clinical Trials Information System through the interface of its public portal. */
export const ctis: Adapter = {
  open: openCtis,
  readRecord: readCtisRecord,
  findIds: findEuNumbers,
  recordsIn,
};

/** The rows in an answer of the search. */
function recordsIn(answer: unknown): unknown[] | null {
  const rows = (answer as { data?: unknown } | null)?.data;
  return Array.isArray(rows) ? rows : null;
}

function openCtis({ url: baseUrl, ...options }: AdapterOptions): Registry {
  const portal = openPortal(name, baseUrl, createHttp({ ...options, name, baseUrl }));

  async function listIds(criteria: Parameters<typeof searchRows>[2]): Promise<string[]> {
    const rows = await searchRows(name, portal, criteria);
    return rows.flatMap((row) => idOfRow(row) ?? []).sort();
  }

  /** The complete number of a trial: of several resubmissions the newest; null if there is none. */
  async function resolve(id: string): Promise<string | null> {
    if (isEuNumber(id)) return id;
    if (isEuNumberBase(id))
      return (await listIds({ number: id })).findLast((found) => euNumberBase(found) === id) ?? null;
    if (isEudraCtNumber(id)) return (await listIds({ eudraCtCode: id })).at(-1) ?? null;
    throw new TrialbellError(`"${id}" is not an EU number; one looks like 2024-510663-34-00.`, {
      exitCode: 2,
    });
  }

  /** An empty answer means "not found" only if the search does not list the trial either. */
  async function trial(asked: string): Promise<RegistryRecord | null> {
    const id = await resolve(asked);
    if (id === null) return null;
    const raw = await portal.retrieve(id);
    if (raw !== null) return readCtisRecord(raw);
    if (!(await listIds({ number: id })).includes(id)) return null;
    return { ok: false, id, reason: 'The registry lists the trial and gives an empty record.', raw: null };
  }

  /** Yields the records of these ids, 20 a page. Throws if one cannot be read, so a number is never guessed. */
  function readIds(ids: readonly string[], from: string | null): AsyncGenerator<RegistryPage> {
    return readEach(ids, from, async (part) => {
      const records: RegistryRecord[] = [];
      for (const id of part) {
        const record = await trial(id);
        if (record !== null) records.push(record);
      }
      return records;
    });
  }

  /** Records that the list names: a few of a page that cannot be read are set aside. */
  async function readSome(ids: readonly string[]): Promise<RegistryRecord[]> {
    const records: RegistryRecord[] = [];
    let faulty = 0;
    for (const id of ids) {
      const read = await readOrSetAside(trial, id);
      if (read === null) continue;
      if (read.error !== null && ++faulty > faultyAtMost) throw read.error;
      records.push(read.record);
    }
    return records;
  }

  /**
   * Yields the records of a list, and their number on the first page. Throws RegistryUnavailable after the last
   * one if the list has a shortfall; no place in such a list can be resumed, because what is missing may come
   * before it.
   */
  async function* readListed(list: () => Promise<Listed>, from: string | null): AsyncGenerator<RegistryPage> {
    const { ids, shortfall } = await list();
    let total: number | null = from === null ? ids.length : null;
    for await (const { records, nextToken } of readEach(ids, from, readSome)) {
      yield { records, total, nextToken: shortfall === null ? nextToken : null };
      total = null;
    }
    if (shortfall !== null) throw new RegistryUnavailable(shortfall);
  }

  async function listUpdated(since: Day): Promise<Listed> {
    const { rows, shortfall } = await sweepRows(name, portal);
    const ids = rows.filter(({ row }) => updatedOn(row) >= since).map(({ id }) => id);
    return { ids: ids.sort(), shortfall };
  }

  function pages(query: RegistryQuery, from: string | null = null): AsyncIterable<RegistryPage> {
    switch (query.kind) {
      case 'ids': {
        const ids = query.ids.filter((id) => isEuNumber(id) || isEuNumberBase(id) || isEudraCtNumber(id));
        return readIds([...new Set(ids)].sort(), from);
      }
      case 'condition': {
        const named = findEuNumbers(query.words);
        if (named.length > 0) return readIds(named, from);
        return readListed(async () => {
          const rows = await searchRows(name, portal, { medicalCondition: query.words.slice(0, 300) });
          const since = query.updatedSince ?? '';
          const ids = rows.flatMap((row) => (updatedOn(row) >= since ? (idOfRow(row) ?? []) : []));
          return { ids: ids.sort(), shortfall: null };
        }, from);
      }
      case 'updated-since':
        return readListed(() => listUpdated(query.since.slice(0, 10)), from);
      case 'all':
        return readListed(() => listUpdated(''), from);
    }
  }

  return {
    id: ctisId,
    name,
    projection,
    fields: [],
    findId: (text) => findEuNumbers(text)[0] ?? null,
    recordUrl,
    // The portal does not say when its data was last published.
    dataVersion: async () => null,
    rows: () => sweepRows(name, portal),
    pages,
    trial,
    // Of the aliases of a trial only earlier submissions are complete numbers.
    isFormerNumber: isEuNumber,
    readRecord: readCtisRecord,
  };
}

/** Yields the pages of these ids after `from`, each read by `read`; its last id is the token. */
async function* readEach(
  ids: readonly string[],
  from: string | null,
  read: (part: readonly string[]) => Promise<RegistryRecord[]>,
): AsyncGenerator<RegistryPage> {
  const open = ids.filter((id) => from === null || id > from);
  for (let at = 0; at < open.length || at === 0; at += recordsAtOnce) {
    const part = open.slice(at, at + recordsAtOnce);
    const isLast = at + recordsAtOnce >= open.length;
    yield { records: await read(part), total: null, nextToken: isLast ? null : (part.at(-1) ?? null) };
  }
}

/** The day of a row's last publication, as far as it says; empty if it cannot be read. */
function updatedOn(row: unknown): Day {
  const { data } = SearchRow.safeParse(keepPaths(row));
  return data?.lastPublicationUpdate ?? data?.lastUpdated ?? '';
}
