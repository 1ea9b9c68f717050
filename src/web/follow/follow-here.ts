import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import { maskAddress, normaliseAddress } from '../../core/text/mail-address.ts';
import { nameShown } from '../../use-cases/subscriptions/confirm.ts';
import { findKnownReader, followMore, type KnownReader } from '../../use-cases/subscriptions/follow-more.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { agreePage, startedPage } from './agree-page.ts';
import { type FollowFields, packFields } from './follow-fields.ts';
import type { Offers } from './follow-offer-types.ts';

/**
 * The reader who follows more in the browser where they confirmed: with the address left empty, or with their own.
 * Nothing is looked up about any other address (P2).
 */
export async function findReaderHere(
  { cookies, now }: PageRequest,
  deps: WebDeps,
  typed: string,
): Promise<KnownReader | null> {
  const reader = cookies.browser === undefined ? null : await findKnownReader(deps, cookies.browser, now);
  const isOwn = typed === '' || (reader && normaliseAddress(typed) === normaliseAddress(reader.email));
  return isOwn ? reader : null;
}

/**
 * Asks a reader in a known browser for their consent, without another email; once they agreed to what was shown, starts
 * it. Null if the browser has been forgotten meanwhile.
 */
export async function followHere(
  request: PageRequest,
  deps: WebDeps,
  reader: KnownReader,
  sent: { fields: FollowFields; offers: Offers; wish: SignUp },
): Promise<PageResponse | null> {
  const { form, wording, cookies, now } = request;
  const { fields, offers, wish } = sent;
  const choices = wish.choices.map(({ understood, filters, facets, frequency }, at) => {
    const { kind, registry, registryId, words, conceptTerm } = understood;
    const offer = offers.ticked[at];
    const title = offer?.isRegistryText && kind === 'trial' ? offer.label : null;
    return { kind, registry, registryId, title, words, conceptTerm, filters, facets, frequency, note: null };
  });
  const clock = { hour: reader.hour, timezone: reader.timezone };
  const seen = nameShown({ choices, lists: [] });
  const isAgreed = field(form, 'do') === 'agree';
  if (isAgreed && field(form, 'seen') === seen) {
    const consent = consentWording(wording, deps.config.minAge);
    const done = await followMore(deps, cookies.browser ?? '', wish, consent, now);
    if (!done) return null;
    const started = choices.filter((_, at) => done.isStarted[at]);
    const already = choices.filter((_, at) => !done.isStarted[at]);
    return startedPage(request, { started, already }, { ...done, ...clock });
  }
  const here = { address: maskAddress(reader.email), again: packFields(fields) };
  const notes = wish.note === null ? [] : [wish.note];
  return agreePage(
    request,
    deps,
    { ...clock, choices, lists: [], notes },
    { action: '/subscriptions', seen, isOther: isAgreed, here },
  );
}
