import { createHash } from 'node:crypto';
import { foldAddress } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import { activatePending, listPending } from '../../db/subscribers/pending-subscriptions.ts';
import { forgetAsks } from '../../db/subscribers/rate-limits.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { consumeToken, findToken } from '../../db/subscribers/sessions.ts';
import { readAddress } from '../../db/subscribers/subscribers.ts';
import { lockChooser } from '../../db/subscribers/subscription-state.ts';
import { addToken, isSpentToken } from '../../db/subscribers/tokens.ts';
import { hashToken, makeToken } from '../../keys.ts';
import { type Answer, field, type Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { describeFilters, nameChoice, nameFacets } from '../shared/describe-subscription.ts';

/** How long a browser that confirmed adds without a mail. */
export const browserDays = 30;
const daySeconds = 24 * 3_600;

/** `GET /confirm/{token}`: what waits for this confirmation; it stands here alone (P10). Changes nothing (E4). */
export async function showConfirm(visit: Visit, parts: WebParts): Promise<Answer> {
  const { now } = visit;
  const hash = hashToken(visit.params.token ?? '');
  const subscriberId = await findToken(parts.db, { hash, purpose: 'confirm', now });
  const pending = subscriberId === null ? null : await listPending(parts.db, subscriberId);
  if (!pending || pending.choices.length === 0) return trouble(visit, parts, hash, pending !== null);
  return askToAgree(visit, parts, pending, false);
}

type Pending = NonNullable<Awaited<ReturnType<typeof listPending>>>;

function askToAgree(visit: Visit, parts: WebParts, pending: Pending, isOther: boolean): Answer {
  const { wording } = visit;
  return {
    page: 'confirm',
    title: wording.say('confirm.title'),
    status: isOther ? 409 : 200,
    view: {
      action: visit.path,
      seen: nameSeen(pending),
      isOther,
      choices: pending.choices.map((choice) => ({
        name: nameChoice(wording, choice),
        often: wording.say(`follow.option.${choice.frequency}`),
        told: nameFacets(wording, choice.facets),
        only: choice.kind === 'condition' ? describeFilters(wording, choice.filters) : [],
      })),
      notes: [...new Set(pending.choices.flatMap(({ note }) => (note ? parts.keys.decrypt(note) : [])))],
      hour: `${String(pending.hour).padStart(2, '0')}:00`,
      zone: pending.timezone.replaceAll('_', ' '),
      consent: consentWording(wording, parts.config.minAge),
    },
  };
}

/** Names what a page shows: others may ask for more in somebody's name, and who has not seen it does not agree to it (P4). */
function nameSeen({ choices }: Pending): string {
  const shown = choices.map(({ note: _note, title: _title, ...choice }) => choice);
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}

/** `POST /confirm/{token}`: everything that the page showed becomes active; the token is used up (P1). */
export async function confirm(visit: Visit, parts: WebParts): Promise<Answer> {
  const { wording, now } = visit;
  const hash = hashToken(visit.params.token ?? '');
  const done = await confirmAll(visit, parts, hash, now);
  if (!done) return trouble(visit, parts, hash, false);
  if ('pending' in done) return askToAgree(visit, parts, done.pending, true);
  await parts.acts.ringRequest(done.requestId);
  return {
    page: 'confirmed',
    title: wording.say('confirm.done.title'),
    view: { count: done.count },
    cookies: [{ name: 'browser', value: done.browser, maxAgeSeconds: browserDays * daySeconds }],
  };
}

async function confirmAll(visit: Visit, parts: WebParts, hash: Buffer, now: Instant) {
  const { wordingVersion, wordingHash } = consentWording(visit.wording, parts.config.minAge);
  const way = 'sign-up form, confirmed by the link of a mail';
  const wayForAdmins = 'added by an admin, confirmed by the link of a mail';
  const consent = { wordingVersion, wordingHash, way, wayForAdmins, minAge: parts.config.minAge };
  return parts.db.transaction().execute(async (tx) => {
    const owner = await findToken(tx, { hash, purpose: 'confirm', now });
    // Nobody adds anything meanwhile.
    const pending = owner !== null && (await lockChooser(tx, owner)) ? await listPending(tx, owner) : null;
    const seen = field(visit.form, 'seen');
    if (pending && pending.choices.length > 0 && seen !== '' && seen !== nameSeen(pending))
      return { pending };
    const used = await consumeToken(tx, { hash, purpose: 'confirm', now });
    if (!used) return null;
    const { subscriberId } = used;
    const count = await activatePending(tx, subscriberId, consent, now);
    if (count === 0) return null;
    const address = await readAddress(tx, parts.keys, subscriberId);
    if (address !== null) await forgetAsks(tx, parts.keys.hashAddress(foldAddress(address)), 'confirmation');
    const browser = makeToken();
    const expiresAt = new Date(Date.parse(now) + browserDays * daySeconds * 1_000).toISOString();
    await addToken(tx, { hash: browser.hash, purpose: 'browser', subscriberId, createdAt: now, expiresAt });
    // The registry may be slow: workers store the baselines.
    const params = parts.keys.encrypt('{}');
    const requestId = await addRequest(tx, { kind: 'watch', params, now });
    return { count, browser: browser.token, requestId };
  });
}

/** A link that does nothing any more, or never did, with a way on. */
async function trouble(visit: Visit, parts: WebParts, hash: Buffer, isEmpty: boolean): Promise<Answer> {
  const isUsed = isEmpty || (await isSpentToken(parts.db, { hash, purpose: 'confirm' }));
  const isWhole = /^[\w-]{43}$/.test(visit.params.token ?? '');
  const why = isUsed ? 'used' : isWhole ? 'gone' : 'mangled';
  return {
    page: 'confirm-trouble',
    title: visit.wording.say(isUsed ? 'confirm.used.title' : 'confirm.trouble'),
    view: { why, email: '', error: false },
    status: isWhole ? 410 : 404,
  };
}
