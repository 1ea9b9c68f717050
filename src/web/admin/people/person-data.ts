import { foldAddress } from '../../../core/text/mail-address.ts';
import { erasePerson, readEverything } from '../../../db/subscribers/exports.ts';
import { readAddress } from '../../../db/subscribers/subscribers.ts';
import { type Answer, field, type Visit } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebParts } from '../../http/web-deps.ts';
import { adminAct, adminPage, readReason, refuseViewer } from '../guard.ts';
import { toList } from './people-search.ts';
import { findPersonOf, nameOf, subjectOf, tellNothingDone } from './person.ts';

/** Shows a person's address, in this one answer, which nothing keeps; that it was looked at stands in the log (P8). */
export const showAddress = adminAct('show-address', async (visit, { db, keys }, _admin, log) => {
  const id = parseId(visit.params.id ?? '');
  const address =
    id === null
      ? null
      : await db.transaction().execute(async (tx) => {
          const found = await readAddress(tx, keys, id);
          if (found !== null) await log(tx, { subject: subjectOf(id) });
          return found;
        });
  if (id === null || address === null) return { notFound: true };
  return { page: 'admin-person-address', title: nameOf(visit, id), view: { id, address } };
});

/**
 * All that is stored of a person as a file to hand to them, which is a look at their address. In the place of private notes
 * and names of lists stands that they were left out: those are for their owner alone (P12), who gets them by the link.
 */
export const exportPerson = adminAct('export', async (visit, { db, keys }, _admin, log) => {
  const id = parseId(visit.params.id ?? '');
  const withoutNotes = visit.wording.say('admin.person.export.left-out');
  const everything =
    id === null
      ? null
      : await readEverything(db, keys, id, {
          withoutNotes,
          beside: (tx) => log(tx, { subject: subjectOf(id) }),
        });
  if (!everything) return { notFound: true };
  const head = { exported_at: visit.now, notes: withoutNotes };
  return {
    body: `${JSON.stringify({ ...head, ...everything }, null, 2)}\n`,
    type: 'application/json; charset=utf-8',
    fileName: `trialbell-subscriber-${id}-${visit.now.slice(0, 10)}.json`,
  };
});

/** What erasing a person means, and the reason that is written down. */
export const showErasePerson = adminPage(async (visit, parts, admin) => {
  if (admin.role !== 'admin') return refuseViewer(visit);
  const person = await findPersonOf(visit, parts);
  return person ? askErase(visit, person.id, false) : { notFound: true };
});

function askErase(visit: Visit, id: number, error: boolean): Answer {
  return {
    page: 'admin-person-erase',
    title: visit.wording.say('admin.erase.title', { id }),
    status: error ? 422 : 200,
    view: {
      id,
      error,
      never: field(visit.form, 'never') !== '',
      reason: field(visit.form, 'reason').slice(0, 500),
    },
  };
}

/** Erases a person, at once and for good, by the code of their own button (P5). */
export const erasePersonNow = adminAct('erase', async (visit, parts: WebParts, _admin, log) => {
  const id = parseId(visit.params.id ?? '');
  if (id === null) return { notFound: true };
  const reason = readReason(visit);
  if (reason === null) return askErase(visit, id, true);
  const never = field(visit.form, 'never') !== '';
  const isDone = await erasePerson(parts.db, parts.keys, id, {
    never,
    fold: foldAddress,
    now: visit.now,
    beside: (tx) => log(tx, { subject: subjectOf(id), reason, details: { never } }),
  });
  return isDone ? toList('erased') : tellNothingDone(visit, parts, id);
});
