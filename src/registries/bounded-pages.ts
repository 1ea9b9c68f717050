import { RegistryUnavailable } from '../errors.ts';
import type { RegistryPage } from './adapter.ts';

/** A registry may grow while we read it, by at most this number of records. */
const leastSlack = 1_000;
const slackShare = 0.1;
const pagesAtMost = 20_000;
const millisecondsAtMost = 6 * 3_600_000;
/**
 * The limit of consecutive pages without a new record, and the number of records remembered for that test.
 */
const repeatsAtMost = 3;
const remembered = 50_000;

/**
 * Yields the pages of a reading, and ends a reading that the registry would never end (N3): beyond the
 * registry's own count, if pages only repeat, or after too many pages or hours. Then throws
 * RegistryUnavailable; the pages that were yielded are valid.
 */
export async function* boundPages(
  name: string,
  pages: AsyncIterable<RegistryPage>,
  elapsedMs: () => number = startClock(),
): AsyncGenerator<RegistryPage> {
  let total: number | null = null;
  let listed = 0;
  let count = 0;
  let repeats = 0;
  const seen = new Set<string>();
  const end = (fault: string) =>
    new RegistryUnavailable(`${name} ${fault}, so this reading was ended. The next round starts it again.`);
  for await (const page of pages) {
    total ??= page.total;
    listed += page.records.length;
    count += 1;
    const ids = new Set(page.records.map((record) => (record.ok ? record.trial.id : (record.id ?? ''))));
    repeats = count > 1 && ids.isSubsetOf(seen) ? repeats + 1 : 0;
    if (seen.size < remembered) for (const id of ids) seen.add(id);
    yield page;
    if (page.nextToken === null && !page.isPart) return;
    if (repeats >= repeatsAtMost) throw end('gives records that it gave before, page after page');
    if (total !== null && listed > total + Math.max(leastSlack, total * slackShare))
      throw end(`lists more than the ${total} records it counted`);
    if (count >= pagesAtMost) throw end(`does not end its list after ${count} pages`);
    if (elapsedMs() >= millisecondsAtMost) throw end('takes more than six hours for one list');
  }
}

function startClock(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}
