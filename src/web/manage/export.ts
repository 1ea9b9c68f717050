import { erasePerson } from '../../use-cases/account/erase-person.ts';
import { exportPerson } from '../../use-cases/account/export-person.ts';
import { field } from '../http/page-response.ts';
import { askForAddress, signedIn } from './manage-session.ts';

/** Downloads everything stored about the signed-in person, as JSON (P5). */
export const downloadEverything = signedIn(async (request, deps, subscriberId) => {
  const everything = await exportPerson(deps, subscriberId);
  if (!everything) return askForAddress(request, { status: 401 });
  return {
    body: `${JSON.stringify({ exported_at: request.now, ...everything }, null, 2)}\n`,
    type: 'application/json; charset=utf-8',
    fileName: `trialbell-${request.now.slice(0, 10)}.json`,
  };
});

/** The page that explains erasure, with its button. */
export const showErase = signedIn(({ wording }) => ({
  page: 'manage-erase',
  title: wording.say('erase.title'),
  view: {},
}));

/** Erases the signed-in person at once (P5). */
export const erase = signedIn(async (request, deps, subscriberId) => {
  const { form, now, wording } = request;
  const never = field(form, 'never') !== '';
  if (!(await erasePerson(deps, subscriberId, { never }, now)))
    return askForAddress(request, { status: 401 });
  return {
    page: 'manage-erased',
    title: wording.say('erase.done.title'),
    view: { never },
    cookies: [{ name: 'manage', value: '', maxAgeSeconds: 0 }],
  };
});
