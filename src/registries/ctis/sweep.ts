import { hash } from 'node:crypto';
import { messageOf, RegistryUnavailable } from '../../errors.ts';
import type { RegistryRow, RegistryRows } from '../adapter.ts';
import { isEuNumber } from './eu-numbers.ts';
import { keepPaths } from './kept-paths.ts';
import { type Portal, type PortalSearch, pageSize } from './portal.ts';
import { SearchRow } from './search-row.ts';

/** Of one search the portal delivers at most this number of rows, without saying so. */
const deliveredAtMost = 10_000;

/** The statuses by which a list is split that neither order delivers whole. */
const splits = Array.from({ length: 13 }, (_, at) => ({ status: [at + 1] }));

/** The first text of a row that names its trial; null if it has none. */
export function idOfRow(row: unknown): string | null {
  const id = (row as { ctNumber?: unknown } | null)?.ctNumber;
  return typeof id === 'string' && isEuNumber(id.trim()) ? id.trim() : null;
}

/**
 * Reads the rows of all trials: newest decision first, then oldest first, then by status, until there are as
 * many as the portal counts. Each search delivers at most 10,000, and a row that moves while the pages are
 * read can be missed in one order. What is still missing then is a shortfall, as is a portal that stops
 * answering; the rows so far are true. Throws RegistryUnavailable if there are none.
 */
export async function sweepRows(name: string, portal: Portal): Promise<RegistryRows> {
  const rows = new Map<string, RegistryRow>();
  let total = 0;
  // Rows without a number, each counted once in whichever order it came.
  const unnamed = new Set<string>();
  const isWhole = () => rows.size + unnamed.size >= total;

  async function readSearch(criteria: PortalSearch['criteria'], order: PortalSearch['order']): Promise<void> {
    for (let page = 1; page <= deliveredAtMost / pageSize; page++) {
      const found = await portal.search({ page, order, criteria });
      if (criteria.status === undefined) total = found.total;
      for (const raw of found.rows) {
        const id = idOfRow(raw);
        const row = toRow(id ?? '', raw);
        if (id === null) unnamed.add(row.hash);
        else rows.set(id, row);
      }
      if (found.rows.length === 0 || page * pageSize >= found.total) return;
      if (order === 'ASC' && isWhole()) return;
    }
  }

  let fault: string | null = null;
  try {
    for (const criteria of [{}, ...splits]) {
      for (const order of ['DESC', 'ASC'] as const) {
        await readSearch(criteria, order);
        if (total === 0)
          throw new RegistryUnavailable(
            `${name} says that it has no trial at all, which is not believed. The next round asks again.`,
          );
        if (isWhole()) return { rows: [...rows.values()], shortfall: null };
      }
    }
  } catch (error) {
    if (!(error instanceof RegistryUnavailable) || rows.size === 0) throw error;
    fault = messageOf(error);
  }
  const missing = `${name}: it counted ${total} trials and listed ${rows.size + unnamed.size}; it is read again next time`;
  return { rows: [...rows.values()], shortfall: fault ?? missing };
}

/** The rows of a narrow search. Throws RegistryUnavailable if they do not fit in what one search delivers. */
export async function searchRows(
  name: string,
  portal: Portal,
  criteria: PortalSearch['criteria'],
): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let page = 1; ; page++) {
    const found = await portal.search({ page, order: 'DESC', criteria });
    rows.push(...found.rows);
    if (found.rows.length === 0 || rows.length >= found.total) {
      if (rows.length >= found.total) return rows;
      throw new RegistryUnavailable(`${name} counted ${found.total} rows and listed ${rows.length}.`);
    }
  }
}

/** The order of the portal's lists is no news, nor is a key that we do not read. */
function toRow(id: string, raw: unknown): RegistryRow {
  const row = keepPaths(raw);
  const { data } = SearchRow.safeParse(row);
  const sorted = JSON.stringify(row, (_, value) => (Array.isArray(value) ? value.toSorted() : value));
  return {
    id,
    hash: hash('sha256', sorted, 'base64url'),
    row,
    updatedOn: data?.lastPublicationUpdate ?? null,
  };
}
