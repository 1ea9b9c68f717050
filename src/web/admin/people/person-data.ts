import { erasePerson } from '../../../use-cases/account/erase-person.ts';
import { exportPerson } from '../../../use-cases/account/export-person.ts';
import { subscriberSubject } from '../../../use-cases/admin/audit.ts';
import { showAddressTo } from '../../../use-cases/admin/find-person.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage, readReason, refuseViewer } from '../guard.ts';
import { toList } from './people-search.ts';
import { findPersonOf, namePerson, tellNothingDone } from './person.ts';

/** Shows a person's address in this one response, which is not cached. The log records it (P8). */
export const showAddress = adminAct('show-address', async (request, deps, _admin, log) => {
  const id = parseId(request.params.id ?? '');
  const address = id === null ? null : await showAddressTo(deps, log, id);
  if (id === null || address === null) return { notFound: true };
  return { page: 'admin-person-address', title: namePerson(request, id), view: { id, address } };
});

/**
 * Downloads everything stored about a person, to hand to them. It shows their address, so it is logged. Private notes
 * and list names are replaced by a remark, because only their owner may read them (P12), through the link to their own
 * page.
 */
export const downloadPerson = adminAct('export', async (request, deps, _admin, log) => {
  const id = parseId(request.params.id ?? '');
  const withoutNotes = request.wording.say('admin.person.export.left-out');
  const everything =
    id === null
      ? null
      : await exportPerson(deps, id, {
          withoutNotes,
          beside: (tx) => log(tx, { subject: subscriberSubject(id) }),
        });
  if (!everything) return { notFound: true };
  const head = { exported_at: request.now, notes: withoutNotes };
  return {
    body: `${JSON.stringify({ ...head, ...everything }, null, 2)}\n`,
    type: 'application/json; charset=utf-8',
    fileName: `trialbell-subscriber-${id}-${request.now.slice(0, 10)}.json`,
  };
});

/** The page before a person is erased: what that means, and a field for the reason. */
export const showErasePerson = adminPage(async (request, deps, admin) => {
  if (admin.role !== 'admin') return refuseViewer(request);
  const person = await findPersonOf(request, deps);
  return person ? askErase(request, person.id, false) : { notFound: true };
});

function askErase(request: PageRequest, id: number, error: boolean): PageResponse {
  return {
    page: 'admin-person-erase',
    title: request.wording.say('admin.erase.title', { id }),
    status: error ? 422 : 200,
    view: {
      id,
      error,
      never: field(request.form, 'never') !== '',
      reason: field(request.form, 'reason').slice(0, 500),
    },
  };
}

/** Erases a person at once and for good, with the code behind the person's own button (P5). */
export const erasePersonNow = adminAct('erase', async (request, deps: WebDeps, _admin, log) => {
  const id = parseId(request.params.id ?? '');
  if (id === null) return { notFound: true };
  const reason = readReason(request);
  if (reason === null) return askErase(request, id, true);
  const never = field(request.form, 'never') !== '';
  const beside: Parameters<typeof erasePerson>[2]['beside'] = (tx) =>
    log(tx, { subject: subscriberSubject(id), reason, details: { never } });
  const isDone = await erasePerson(deps, id, { never, beside }, request.now);
  return isDone ? toList('erased') : tellNothingDone(request, deps, id);
});
