import { type Frequency, frequencies } from '../../../core/schedule.ts';
import { isMailAddress } from '../../../core/text/mail-address.ts';
import { readAddress } from '../../../db/subscribers/subscribers.ts';
import { holdsAddress } from '../../../errors.ts';
import { isLanguage, languagesWithRegions } from '../../../languages.ts';
import { addForPerson } from '../../../use-cases/admin/help-person.ts';
import { languageNames } from '../../http/negotiate-language.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import { adminAct, adminPage, refuseViewer } from '../guard.ts';
import { tellWrong, toPerson } from './person.ts';
import { findMeant } from './typed-conditions.ts';

/** Messages by field. The address is never filled in again, because no page shows one unasked. */
type Faults = { email?: string; what?: string; suggestions?: string[] };

/** The form that adds a subscription, for an address or for a person by number. The person must confirm it. */
export const showAdd = adminPage((request, _parts, admin) =>
  admin.role === 'admin' ? ask(request, readWhom(request.query), {}) : refuseViewer(request),
);

const readWhom = (form: PageRequest['form']) => parseId(field(form, 'for'));

function ask(request: PageRequest, whom: number | null, faults: Faults): PageResponse {
  const { form, wording } = request;
  const options = frequencies.map((code) => ({ code, name: wording.say(`follow.option.${code}`) }));
  return {
    page: 'admin-person-add',
    title: wording.say('admin.add.title'),
    status: Object.keys(faults).length > 0 ? 422 : 200,
    view: {
      whom,
      what: holdsAddress(field(form, 'what')) ? '' : field(form, 'what').slice(0, 300),
      frequency: field(form, 'frequency'),
      mailLanguage: field(form, 'language'),
      frequencies: options,
      mailLanguages: languagesWithRegions.map((code) => ({ code, name: languageNames.get(code) ?? code })),
      emailFault: faults.email ?? null,
      whatFault: faults.what ?? null,
      suggestions: faults.suggestions ?? [],
    },
  };
}

/**
 * Adds a subscription with the same code as the command line, within the address's allowance (P3). The owner is always
 * asked, because an admin cannot consent for them. The outcome reveals whether the address is known, so it is always
 * logged.
 */
export const handleAdd = adminAct('add', async (request, deps, _admin, log) => {
  const { form, wording } = request;
  const whom = readWhom(form);
  const email = whom === null ? field(form, 'email') : await readAddress(deps.db, deps.keys, whom);
  if (email === null) return { notFound: true };
  const faults: Faults = isMailAddress(email) ? {} : { email: wording.say('manage.error.email') };
  const meant = await findMeant(request, deps, field(form, 'what'));
  if ('trouble' in meant) Object.assign(faults, { what: meant.trouble, suggestions: meant.suggestions });
  const frequency = frequencies.find((one) => one === field(form, 'frequency')) ?? null;
  if ('understood' in meant && !meant.understood.every((one) => fits(one, frequency)))
    faults.what = wording.say('manage.error.weekly-only');
  if (Object.keys(faults).length > 0 || 'trouble' in meant) return ask(request, whom, faults);
  const language = isLanguage(field(form, 'language')) ? field(form, 'language') : null;
  const { understood } = meant;
  const added = await addForPerson(deps, log, { whom, email, frequency, language }, understood, request.now);
  if (added === 'gone') return { notFound: true };
  if (added === 'stopped') return tellWrong(request, whom, wording.say('admin.add.stopped'));
  return toPerson(added.subscriberId, added.outcome);
});

/** An umbrella term covers thousands of trials, so it can only be followed weekly (M1c). */
function fits({ weeklyOnly }: { weeklyOnly: boolean }, frequency: Frequency | null): boolean {
  return !weeklyOnly || frequency === null || frequency === 'weekly';
}
