import { addMs } from '../../core/instants.ts';
import { listRecentRuns } from '../../db/ingest/runs.ts';
import type { Context } from '../context.ts';
import type { Alarm } from '../raise-alarm.ts';

const hourMs = 3_600_000;
/** A reading of updates takes minutes; the whole registry takes longer. */
const endsWithinMs = { import: 6 * hourMs, other: hourMs } as const;
/** One cut reading is read on by the next; so many in a row need a person. */
const cutShortInRow = 3;

/** Whether reading a registry stands still: a run that does not end, or one that was cut short again and again. */
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
          ? `Run ${stuck.id} began to read ${name} at ${stuck.startedAt} and has not ended. Look into the log, and restart Trialbell if nothing moves. See: trialbell runs`
          : null,
      },
      {
        name: `reading-cut-short:${id}`,
        message: isCut
          ? `Reading ${name} was cut short ${cutShortInRow} times in a row. The last reason: ${ended[0]?.reason ?? 'unknown'} See: trialbell runs`
          : null,
      },
    );
  }
  return alarms;
}
