import type { Instant } from '../../../core/trial.ts';
import { type PersonSubscription, pickSubscriptions } from '../../../db/admin/people.ts';
import type { Tx } from '../../../db/connect.ts';
import {
  type Chooser,
  lockChooser,
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
  undoStop,
} from '../../../db/subscribers/subscription-state.ts';
import { field } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import { readPauseDate } from '../../manage/manage-dates.ts';
import { adminAct } from '../guard.ts';
import { findPersonOf, subjectOf, tellNothingDone, tellWrong, toPerson } from './person.ts';

/** Each action with the states it applies to, so that repeating it changes nothing. */
const acts = {
  pause: {
    states: ['active'],
    change: (tx, chooser, ids, _now, until) => pauseSubscriptions(tx, chooser, ids, until, { by: 'admin' }),
  },
  resume: { states: ['paused'], change: resumeSubscriptions },
  stop: {
    states: ['active', 'paused', 'pending'],
    change: (tx, chooser, ids, now) => stopSubscriptions(tx, chooser, ids, now, 'admin'),
  },
  undo: { states: ['ended'], change: undoStop },
} as const satisfies Record<
  string,
  {
    states: PersonSubscription['state'][];
    change(tx: Tx, chooser: Chooser, ids: number[], now: Instant, until: Instant | null): Promise<number>;
  }
>;

/** Pauses one subscription of a person, or all of them, until a day. */
export const pause = changeBy('pause');
/** Resumes what an admin paused. Only readers can resume what they paused themselves (P4). */
export const resume = changeBy('resume');
/** Stops one subscription, or all. It can be undone for 28 days, here and on the person's own page. */
export const stop = changeBy('stop');
/** Undoes a stop by an admin. */
export const undo = changeBy('undo');

/** The log has only the numbers of the subscriptions, because it outlives an erased person (P5). */
function changeBy(name: keyof typeof acts) {
  return adminAct(name, async (request, deps, _admin, log) => {
    const { form, now, wording } = request;
    const person = await findPersonOf(request, deps);
    const typed = field(form, 'subscription');
    const which = typed === 'all' ? 'all' : parseId(typed);
    if (!person || which === null) return { notFound: true };
    const { id, timezone } = person;
    const read = name === 'pause' ? readPauseDate(field(form, 'until'), timezone, now) : { until: null };
    if ('error' in read) return tellWrong(request, id, wording.say(`manage.error.${read.error}`));
    const { states, change } = acts[name];
    const done = await deps.db.transaction().execute(async (tx) => {
      const chooser = await lockChooser(tx, id);
      const found = chooser ? await pickSubscriptions(tx, id, which, states) : [];
      const isBegun = name === 'resume' || name === 'undo';
      const ids = found.filter(({ haltedBy }) => !isBegun || haltedBy === 'admin').map((one) => one.id);
      const changed = chooser && ids.length > 0 ? await change(tx, chooser, ids, now, read.until) : 0;
      const details = { subscriptions: ids, ...(read.until ? { until: read.until } : {}) };
      if (changed > 0) await log(tx, { subject: subjectOf(id), details });
      return { changed, isTheirs: found.length > ids.length };
    });
    if (done.changed > 0) return toPerson(id, name);
    const why = done.isTheirs ? 'admin.person.nothing.theirs' : 'admin.person.nothing';
    return tellNothingDone(request, deps, id, wording.say(why));
  });
}
