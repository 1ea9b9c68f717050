import type { App } from '../app.ts';
import { registryName } from '../core/registries.ts';
import { countHistories, readBackFill } from '../db/ingest/back-fill.ts';
import type { Finding } from './doctor-workings.ts';

/** The registries' own history is read from an interface that is not documented, so it may end at any time. */
export async function checkHistory({ context: { config, db, now } }: App): Promise<Finding[]> {
  return Promise.all(
    config.historyBackfill.map(async (id) => {
      const name = registryName(id);
      if (config.registries[id] === undefined)
        return { ok: false, text: `HISTORY_BACKFILL names ${id}, but REGISTRIES leaves it out.` };
      const { kept, unread } = await countHistories(db, id);
      const until = (await readBackFill(db, id))?.pausedUntil ?? null;
      const state = `The history of ${name} from before the first reading is kept for ${kept} trials (HISTORY_BACKFILL)`;
      const failed = unread === 0 ? '' : ` For ${unread} it could not be read.`;
      return until !== null && until > now()
        ? {
            ok: 'ask' as const,
            text: `${state}.${failed} Its last answer could not be read, so it is left alone until ${until}. Does the history on its own pages have a new form? The log says what was different.`,
          }
        : { ok: true, text: `${state}.${failed}` };
    }),
  );
}
