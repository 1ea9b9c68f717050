import { beginWatermark, findUnfinishedImport, readRegistryState } from '../db/runs.ts';
import { TrialbellError } from '../errors.ts';
import type { Registry } from '../registries/registry.ts';
import type { Context } from './context.ts';
import { readAhead } from './read-ahead.ts';
import { asOnlyReader, type RunResult, runReading } from './read-registry.ts';
import { storeRecords } from './store-records.ts';

export type ImportWish =
  | { kind: 'ids'; ids: string[] }
  | { kind: 'condition'; words: string }
  | { kind: 'all' };

/**
 * Stores today's records as the baseline, which mails nobody (C13). A whole-registry import that was cut off goes on
 * where it was. `onProgress` hears of every page. Throws when an id is not found, or another process reads the registry.
 */
export async function importTrials(
  context: Context,
  registry: Registry,
  wish: ImportWish,
  onProgress: (done: number, total: number | null) => void = () => {},
): Promise<RunResult> {
  const result = await asOnlyReader(context, registry, async (lease) => {
    const data = await registry.dataVersion();
    const state = await readRegistryState(context.db, registry.id);
    const unfinished = wish.kind === 'all' ? await findUnfinishedImport(context.db, registry.id) : null;
    const resume = unfinished ? { resume: { id: unfinished.id, figures: unfinished.figures } } : {};
    const timestamp = unfinished?.dataTimestamp ?? data.timestamp;
    const missing: string[] = [];
    const read = await runReading(
      context,
      registry,
      lease,
      { kind: 'import', dataTimestamp: timestamp, lastDay: state.watermarkOn, ...resume },
      async (run) => {
        let total: number | null = null;
        for await (const page of readAhead(registry.pages(wish, unfinished?.resumeAt))) {
          total ??= page.total;
          await storeRecords(context.db, run, page.records, wish.kind === 'all' ? page.nextToken : null);
          onProgress(run.figures.seen, total);
          if (wish.kind === 'all') run.seen.clear();
        }
        if (wish.kind === 'ids') missing.push(...wish.ids.filter((id) => !run.seen.has(id)));
        const from = { timestamp, day: timestamp.slice(0, 10) };
        return { complete: (tx) => beginWatermark(tx, registry.id, from, run.readAt) };
      },
    );
    for (const id of missing) {
      if ((await registry.trial(id)) === null) {
        throw new TrialbellError(
          `${registry.name} does not know ${id}. Check the number; the others are stored.`,
        );
      }
    }
    return read;
  });
  if (result === null) {
    throw new TrialbellError(`Another process reads ${registry.name} now. Try again when it has finished.`);
  }
  return result;
}
