import { type Frequency, frequencies } from '../../core/schedule.ts';
import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import { isMailAddress, maskAddress } from '../../core/text/mail-address.ts';
import { countOnList } from '../../db/lists/lists.ts';
import { followListHere } from '../../use-cases/lists/follow-list.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { nameShown } from '../../use-cases/subscriptions/confirm.ts';
import type { KnownReader } from '../../use-cases/subscriptions/follow-more.ts';
import { agreePage, startedPage } from '../follow/agree-page.ts';
import { readFields } from '../follow/follow-fields.ts';
import { findReaderHere } from '../follow/follow-here.ts';
import { acceptProof, isCrowded, makeProof, type ProofView } from '../follow/proof-of-work.ts';
import { askedPage } from '../follow/submit-sign-up.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { findShownList, type ShownList } from './list-find.ts';
import { listPage } from './list-page.ts';

/**
 * `POST …/follow`: stores a sign-up for a list. The response is the same for every address, which is not looked up here
 * (P2). Where a reader has confirmed before, no email is needed, and their consent is asked for at once.
 */
export async function followList(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findShownList(request, deps);
  if ('answer' in found) return found.answer;
  const { email, frequency, ...outcome } = await tryToFollowList(request, deps, found);
  if ('here' in outcome) return outcome.here;
  if ('isAsked' in outcome) return askedPage(request, email, null);
  const box = { email, often: frequency ?? 'usual', error: null, proof: null };
  return listPage(request, deps, found, { ...box, ...outcome });
}

/** What became of a sign-up for a list: a fault, work to do first, the page of a known browser, or a stored request. */
type Outcome = { error: string } | { proof: ProofView } | { here: PageResponse } | { isAsked: true };

/** Stores a sign-up for a list, unless the form has a fault, work has to be done first, or this browser is known. */
export async function tryToFollowList(
  request: PageRequest,
  deps: WebDeps,
  found: ShownList,
): Promise<{ email: string; frequency: Frequency | null } & Outcome> {
  const { form, now } = request;
  const often = field(form, 'often');
  const frequency = frequencies.find((one) => one === often) ?? null;
  const { email, hour, zone } = readFields(
    { email: form.email ?? [], zone_guess: form.zone_guess ?? [] },
    deps.config.defaultTimezone,
  );
  const sent = { email, frequency };
  const reader = await findReaderHere(request, deps, email);
  const here = reader && (await followHere(request, deps, reader, { shown: found, frequency }));
  if (here) return { ...sent, here };
  if (!isMailAddress(email)) return { ...sent, error: 'email' };
  if ((await isCrowded(deps, now)) && !(await acceptProof(deps, field(form, 'proof'), now)))
    return { ...sent, proof: await makeProof(deps, now) };
  const wish: SignUp = {
    email,
    choices: [],
    list: { id: found.list.id, frequency },
    hour: Number(hour),
    timezone: zone,
    subject: 'neutral',
    note: null,
    language: request.language,
  };
  await submitRequest(deps, 'sign-up', wish, now);
  return { ...sent, isAsked: true };
}

/** Asks a reader in a known browser for their consent; once they agreed to what was shown, starts it. */
async function followHere(
  request: PageRequest,
  deps: WebDeps,
  reader: KnownReader,
  { shown, frequency }: { shown: ShownList; frequency: Frequency | null },
): Promise<PageResponse | null> {
  const { form, wording, cookies, now, path } = request;
  const { id, name, organization, revision } = shown.list;
  const counts = await countOnList(deps.db, id);
  const list = { id, name, organization, revision, frequency, ...counts };
  const clock = { hour: reader.hour, timezone: reader.timezone };
  const seen = nameShown({ choices: [], lists: [list] });
  const isAgreed = field(form, 'do') === 'agree';
  if (isAgreed && field(form, 'seen') === seen) {
    const consent = consentWording(wording, deps.config.minAge, true);
    const done = await followListHere(deps, cookies.browser ?? '', { listId: id, frequency }, consent, now);
    if (!done) return null;
    const lists = [list];
    return startedPage(
      request,
      { started: [], already: [], ...(done.isStarted ? { lists } : { alreadyLists: lists }) },
      { firstDueAt: done.firstDueAt, timezone: reader.timezone },
    );
  }
  return agreePage(
    request,
    deps,
    { ...clock, choices: [], lists: [list], notes: [] },
    {
      action: path,
      seen,
      isOther: isAgreed,
      here: { address: maskAddress(reader.email), again: '', often: frequency ?? 'usual' },
    },
  );
}
