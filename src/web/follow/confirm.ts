import { createHash } from 'node:crypto';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import { activatePending, listPending } from '../../db/subscribers/pending-subscriptions.ts';
import { resetAllowance } from '../../db/subscribers/rate-limits.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { consumeToken, findToken } from '../../db/subscribers/sessions.ts';
import { readAddress } from '../../db/subscribers/subscribers.ts';
import { lockChooser } from '../../db/subscribers/subscription-state.ts';
import { addToken, isSpentToken } from '../../db/subscribers/tokens.ts';
import { hashToken, makeToken } from '../../keys.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { describeFilters, describeSubscription, nameFacets } from '../shared/describe-subscription.ts';

/** How long a browser that confirmed can add subscriptions without another mail, in days. */
export const browserDays = 30;
const daySeconds = 24 * 3_600;

/** `GET /confirm/{token}`: the subscriptions to confirm, shown only here (P10). Changes nothing (E4). */
export async function showConfirm(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { now } = request;
  const hash = hashToken(request.params.token ?? '');
  const subscriberId = await findToken(deps.db, { hash, purpose: 'confirm', now });
  const pending = subscriberId === null ? null : await listPending(deps.db, subscriberId);
  if (!pending || pending.choices.length === 0) return trouble(request, deps, hash, pending !== null);
  return askToAgree(request, deps, pending, false);
}

type Pending = NonNullable<Awaited<ReturnType<typeof listPending>>>;

function askToAgree(request: PageRequest, deps: WebDeps, pending: Pending, isOther: boolean): PageResponse {
  const { wording } = request;
  return {
    page: 'confirm',
    title: wording.say('confirm.title'),
    status: isOther ? 409 : 200,
    view: {
      action: request.path,
      seen: nameSeen(pending),
      isOther,
      choices: pending.choices.map((choice) => ({
        name: describeSubscription(wording, choice),
        often: wording.say(`follow.option.${choice.frequency}`),
        told: nameFacets(wording, choice),
        only: choice.kind === 'condition' ? describeFilters(wording, choice.filters) : [],
      })),
      notes: [...new Set(pending.choices.flatMap(({ note }) => (note ? deps.keys.decrypt(note) : [])))],
      hour: `${String(pending.hour).padStart(2, '0')}:00`,
      zone: pending.timezone.replaceAll('_', ' '),
      consent: consentWording(wording, deps.config.minAge),
    },
  };
}

/**
 * A fingerprint of what the page shows. Others may add requests in a person's name, and nobody agrees to what they
 * have not seen (P4).
 */
function nameSeen({ choices }: Pending): string {
  const shown = choices.map(({ note: _note, title: _title, ...choice }) => choice);
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}

/** `POST /confirm/{token}`: activates everything that the page showed, and consumes the token (P1). */
export async function confirm(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { wording, now } = request;
  const hash = hashToken(request.params.token ?? '');
  const done = await confirmAll(request, deps, hash, now);
  if (!done) return trouble(request, deps, hash, false);
  if ('pending' in done) return askToAgree(request, deps, done.pending, true);
  await deps.actions.enqueueRequest(done.requestId);
  return {
    page: 'confirmed',
    title: wording.say('confirm.done.title'),
    view: { count: done.count },
    cookies: [{ name: 'browser', value: done.browser, maxAgeSeconds: browserDays * daySeconds }],
  };
}

async function confirmAll(request: PageRequest, deps: WebDeps, hash: Buffer, now: Instant) {
  const { wordingVersion, wordingHash } = consentWording(request.wording, deps.config.minAge);
  const way = 'sign-up form, confirmed by the link of a mail';
  const wayForAdmins = 'added by an admin, confirmed by the link of a mail';
  const consent = { wordingVersion, wordingHash, way, wayForAdmins, minAge: deps.config.minAge };
  return deps.db.transaction().execute(async (tx) => {
    const owner = await findToken(tx, { hash, purpose: 'confirm', now });
    // The lock keeps others from adding anything meanwhile.
    const pending = owner !== null && (await lockChooser(tx, owner)) ? await listPending(tx, owner) : null;
    const seen = field(request.form, 'seen');
    if (pending && pending.choices.length > 0 && seen !== '' && seen !== nameSeen(pending))
      return { pending };
    const used = await consumeToken(tx, { hash, purpose: 'confirm', now });
    if (!used) return null;
    const { subscriberId } = used;
    const count = await activatePending(tx, subscriberId, consent, now);
    if (count === 0) return null;
    const address = await readAddress(tx, deps.keys, subscriberId);
    if (address !== null)
      await resetAllowance(tx, deps.keys.hashAddress(foldAddress(address)), 'confirmation');
    const browser = makeToken();
    const expiresAt = new Date(Date.parse(now) + browserDays * daySeconds * 1_000).toISOString();
    await addToken(tx, { hash: browser.hash, purpose: 'browser', subscriberId, createdAt: now, expiresAt });
    // Workers store the baselines, because the registry may be slow.
    const params = deps.keys.encrypt('{}');
    const requestId = await addRequest(tx, { kind: 'watch', params, now });
    return { count, browser: browser.token, requestId };
  });
}

/** The page for a link that is used, expired or damaged, with a way to get another. */
async function trouble(
  request: PageRequest,
  deps: WebDeps,
  hash: Buffer,
  isEmpty: boolean,
): Promise<PageResponse> {
  const isUsed = isEmpty || (await isSpentToken(deps.db, { hash, purpose: 'confirm' }));
  const isWhole = /^[\w-]{43}$/.test(request.params.token ?? '');
  const why = isUsed ? 'used' : isWhole ? 'gone' : 'mangled';
  return {
    page: 'confirm-trouble',
    title: request.wording.say(isUsed ? 'confirm.used.title' : 'confirm.trouble'),
    view: { why, email: '', error: false },
    status: isWhole ? 410 : 404,
  };
}
