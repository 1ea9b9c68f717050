import type { Db } from '../../db/connect.ts';
import { listStoredIds } from '../../db/ingest/trials.ts';
import { takeTurns } from '../../event-loop.ts';
import type { RegistryPage } from '../../registries/registry.ts';
import { prepareBaseline } from './detect-changes.ts';
import type { Run } from './run-state.ts';

/** Yields the items of `source`, and fetches the next one meanwhile. An error is thrown when its item is due. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      // If the consumer stops early, the prefetch is never awaited; ignore its rejection.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

/**
 * Yields pages when what can be done ahead for their new trials is done: read ahead, it is done while the database stores
 * the page before.
 */
export async function* preparePages(
  db: Db,
  run: Run,
  pages: AsyncIterable<RegistryPage>,
): AsyncGenerator<RegistryPage> {
  for await (const page of pages) {
    const good = page.records.filter((record) => record.ok);
    const ids = good.map(({ trial }) => trial.id);
    const stored = await listStoredIds(db, run.registry.id, ids);
    for (const record of good) {
      if (stored.has(record.trial.id)) continue;
      prepareBaseline(run, record);
      await takeTurns();
    }
    yield page;
  }
}
