import { addMs, dayMs } from '../../core/instants.ts';
import { beginWatermark, findUnfinishedImport, readRegistryState } from '../../db/ingest/runs.ts';
import { TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { readDataVersion } from './data-version.ts';
import { preparePages, readAhead } from './prefetch.ts';
import { asOnlyReader, type RunResult, runReading, sayShortfall } from './run-reading.ts';
import { storeRecords } from './store-records.ts';

/** An import of a registry whose data has no version is resumed within this time. */
const resumableMs = 7 * dayMs;

/** The extent of an import. */
export type ImportWish =
  | { kind: 'ids'; ids: string[] }
  | { kind: 'condition'; words: string }
  | { kind: 'all' };

/**
 * Stores the present records as the baseline, without mails (C13). An interrupted import of the whole registry
 * continues where it stopped if the data has not changed since or, if the data has no version, within a week.
 * Calls `onProgress` after every page. Throws if an id is not found, or if another process reads the registry.
 */
export async function importTrials(
  context: Context,
  registry: Registry,
  wish: ImportWish,
  onProgress: (done: number, total: number | null) => void = () => {},
): Promise<RunResult> {
  const result = await asOnlyReader(context, registry, async (lease) => {
    const data = await readDataVersion(context, registry);
    const state = await readRegistryState(context.db, registry.id);
    const from = data.isStated ? data : { startedFrom: addMs(context.now(), -resumableMs) };
    const unfinished = wish.kind === 'all' ? await findUnfinishedImport(context.db, registry.id, from) : null;
    const resume = unfinished ? { resume: { id: unfinished.id, figures: unfinished.figures } } : {};
    const missing: string[] = [];
    const read = await runReading(
      context,
      registry,
      lease,
      { kind: 'import', dataTimestamp: data.timestamp, lastDay: state.watermarkOn, ...resume },
      async (run) => {
        let total: number | null = null;
        const pages = preparePages(context.db, run, registry.pages(wish, unfinished?.resumeAt));
        for await (const page of readAhead(pages)) {
          total ??= page.total;
          await storeRecords(context.db, run, page.records, wish.kind === 'all' ? page.nextToken : null);
          onProgress(run.figures.seen, total);
          if (wish.kind === 'all') run.seen.clear();
        }
        if (wish.kind === 'ids') missing.push(...wish.ids.filter((id) => !run.seen.has(id)));
        return {
          complete: (tx) => beginWatermark(tx, registry.id, data, run.readAt),
          ...(total !== null && run.figures.seen < total
            ? { shortfall: sayShortfall(registry, total, run.figures.seen) }
            : {}),
        };
      },
    );
    const unknown: string[] = [];
    for (const id of missing) if ((await registry.trial(id)) === null) unknown.push(id);
    if (unknown.length > 0) {
      throw new TrialbellError(
        `${registry.name} does not know ${unknown.join(', ')}. Check the number; the others are stored.`,
      );
    }
    return read;
  });
  if (result === null) {
    throw new TrialbellError(`Another process is reading ${registry.name}. Try again when it has finished.`);
  }
  return result;
}
