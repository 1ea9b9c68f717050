import { isMailAddress } from '../../../core/text/mail-address.ts';
import { findSubscriber, readAddress } from '../../../db/subscribers/subscribers.ts';
import { mailManageLink, resendConfirmation } from '../../../use-cases/admin/help-person.ts';
import { liftByHand, suppressByHand } from '../../../use-cases/admin/suppress-address.ts';
import { field, type PageRequest } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, readReason } from '../guard.ts';
import { toList } from './people-search.ts';
import { findPersonOf, readConfirmationLimit, tellNothingDone, tellWrong, toPerson } from './person.ts';

/** Sends the confirmation mail for pending subscriptions again, within the address's allowance (P3). */
export const handleResend = adminAct('resend-confirmation', async (request, deps, _admin, log) => {
  const person = await findPersonOf(request, deps);
  if (!person) return { notFound: true };
  const { id } = person;
  const email = deps.keys.decrypt(person.address);
  const outcome = await resendConfirmation(deps, log, { id, email }, request.now);
  if (outcome !== 'asked') {
    const { wording } = request;
    const limit = outcome === 'refused' ? await readConfirmationLimit(deps, email) : null;
    const values = {
      times: limit?.times ?? 0,
      last: limit ? wording.moment(limit.lastAt, person.timezone) : '',
    };
    return tellNothingDone(request, deps, id, wording.say(`admin.person.resend.${outcome}`, values));
  }
  return toPerson(id, 'resent');
});

/** Mails a person the link to their own page, which shows what only they may see. */
export const mailLink = adminAct('mail-link', async (request, deps, _admin, log) => {
  const person = await findPersonOf(request, deps);
  if (!person) return { notFound: true };
  const { id } = person;
  const isMailed = await mailManageLink(deps, log, id, request.now);
  if (!isMailed) return tellNothingDone(request, deps, id, request.wording.say('admin.person.link.refused'));
  return toPerson(id, 'link');
});

/** Reasons to suppress an address by hand that allow storing its hash (P5). */
const whys = ['never', 'complaint'] as const;

/** Stops all mail to a person, or to an address that no subscriber has. */
export const suppress = adminAct('suppress', async (request, deps, _admin, log) => {
  const { form, now, wording } = request;
  const whose = await findWhose(request, deps);
  if (whose === null) return { notFound: true };
  const { id, email } = whose;
  const why = whys.find((one) => one === field(form, 'why'));
  const reason = readReason(request);
  if (email === null) return toList('no-address');
  if (!why || reason === null) return tellWrong(request, id, wording.say('admin.reason.missing'));
  const isDone = await suppressByHand(deps, log, { id, email }, { why, reason }, now);
  if (isDone) return id === null ? toList('suppressed') : toPerson(id, 'suppressed');
  return tellAlready(request, deps, id, 'admin.person.suppress.already');
});

/** Lifts a suppression. The reason is stored without the address. */
export const lift = adminAct('lift-suppression', async (request, deps, _admin, log) => {
  const { now, wording } = request;
  const whose = await findWhose(request, deps);
  if (whose === null) return { notFound: true };
  const { id, email } = whose;
  const reason = readReason(request);
  if (email === null) return toList('no-address');
  if (reason === null) return tellWrong(request, id, wording.say('admin.reason.missing'));
  const lifted = await liftByHand(deps, log, { id, email }, reason, now);
  if (lifted) return id === null ? toList('lifted') : toPerson(id, 'lifted');
  return tellAlready(request, deps, id, 'admin.person.lift.already');
});

/** The person of the page or the typed address that a form is about; null if there is no such person. */
async function findWhose(
  request: PageRequest,
  deps: WebDeps,
): Promise<{ id: number | null; email: string | null } | null> {
  if (request.params.id === undefined) {
    const email = field(request.form, 'email');
    if (!isMailAddress(email)) return { id: null, email: null };
    // If a subscriber has this address, the log names them by number, and the spelling of their sign-up counts.
    const id = await findSubscriber(deps.db, deps.keys, email);
    return { id, email: (id === null ? null : await readAddress(deps.db, deps.keys, id)) ?? email };
  }
  const person = await findPersonOf(request, deps);
  return person && { id: person.id, email: deps.keys.decrypt(person.address) };
}

function tellAlready(request: PageRequest, deps: WebDeps, id: number | null, key: string) {
  const sentence = request.wording.say(key);
  return id === null ? tellWrong(request, null, sentence) : tellNothingDone(request, deps, id, sentence);
}
