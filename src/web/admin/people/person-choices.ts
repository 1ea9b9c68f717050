import { type AdminAct, changeForPerson } from '../../../use-cases/admin/change-for-person.ts';
import { field } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import { readPauseDate } from '../../manage/manage-dates.ts';
import { adminAct } from '../guard.ts';

import { findPersonOf, tellNothingDone, tellWrong, toPerson } from './person.ts';

/** Pauses one subscription of a person, or all of them, until a day. */
export const pause = changeBy('pause');
/** Resumes what an admin paused. Only readers can resume what they paused themselves (P4). */
export const resume = changeBy('resume');
/** Stops one subscription, or all. It can be undone for 28 days, here and on the person's own page. */
export const stop = changeBy('stop');
/** Undoes a stop by an admin. */
export const undo = changeBy('undo');

function changeBy(act: AdminAct) {
  return adminAct(act, async (request, deps, _admin, log) => {
    const { form, now, wording } = request;
    const person = await findPersonOf(request, deps);
    const typed = field(form, 'subscription');
    const which = typed === 'all' ? 'all' : parseId(typed);
    if (!person || which === null) return { notFound: true };
    const { id, timezone } = person;
    const read = act === 'pause' ? readPauseDate(field(form, 'until'), timezone, now) : { until: null };
    if ('error' in read) return tellWrong(request, id, wording.say(`manage.error.${read.error}`));
    const target = { subscriberId: id, which, act, until: read.until } as const;
    const { changed, isTheirs } = await changeForPerson(deps, log, target, now);
    if (changed > 0) return toPerson(id, act);
    const why = isTheirs ? 'admin.person.nothing.theirs' : 'admin.person.nothing';
    return tellNothingDone(request, deps, id, wording.say(why));
  });
}
