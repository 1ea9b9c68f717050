import { addMs } from '../../core/instants.ts';
import { listRecentRuns } from '../../db/ingest/runs.ts';
import type { Context } from '../context.ts';
import type { Alarm } from '../raise-alarm.ts';

const hourMs = 3_600_000;
/** After this time a run counts as stuck: updates take minutes, a whole registry longer. */
const endsWithinMs = { import: 6 * hourMs, other: hourMs } as const;
/** An interrupted run is continued by the next; this many in a row need a person. */
const cutShortInRow = 3;

/** Finds runs that do not end, and registries whose runs were interrupted repeatedly. */
export async function findReadingAlarms(context: Context): Promise<Alarm[]> {
  const alarms: Alarm[] = [];
  for (const { id, name } of context.registries.values()) {
    const runs = await listRecentRuns(context.db, id, cutShortInRow + 1);
    const stuck = runs.find(
      ({ outcome, kind, startedAt }) =>
        outcome === null &&
        addMs(startedAt, kind === 'import' ? endsWithinMs.import : endsWithinMs.other) <= context.now(),
    );
    const ended = runs.filter(({ outcome }) => outcome !== null).slice(0, cutShortInRow);
    const isCut =
      ended.length === cutShortInRow &&
      ended.every(({ outcome }) => outcome === 'partial' || outcome === 'failed');
    alarms.push(
      {
        name: `reading-stuck:${id}`,
        message: stuck
          ? `Run ${stuck.id} began to read ${name} at ${stuck.startedAt} and has not ended. Check the log, and restart Trialbell if there is no progress. See: trialbell runs`
          : null,
      },
      {
        name: `reading-cut-short:${id}`,
        message: isCut
          ? `Reading ${name} was interrupted ${cutShortInRow} times in a row. The last reason: ${ended[0]?.reason ?? 'unknown'} See: trialbell runs`
          : null,
      },
    );
  }
  return alarms;
}
