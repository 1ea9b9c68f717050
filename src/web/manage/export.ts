import { foldAddress } from '../../core/text/mail-address.ts';
import { erasePerson, readEverything } from '../../db/subscribers/exports.ts';
import { field } from '../http/page-response.ts';
import { askForAddress, signedIn } from './manage-session.ts';

/** Downloads everything stored about the signed-in person, as JSON (P5). */
export const downloadEverything = signedIn(async (request, { db, keys }, subscriberId) => {
  const everything = await readEverything(db, keys, subscriberId);
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
export const erase = signedIn(async ({ form, now, wording }, { db, keys }, subscriberId) => {
  const never = field(form, 'never') !== '';
  await erasePerson(db, keys, subscriberId, { never, fold: foldAddress, now });
  return {
    page: 'manage-erased',
    title: wording.say('erase.done.title'),
    view: { never },
    cookies: [{ name: 'manage', value: '', maxAgeSeconds: 0 }],
  };
});
