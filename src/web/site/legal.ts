import { attributions, registryNames } from '../../core/wording/sources.ts';
import { bulkDays } from '../../db/admin/bulk-jobs.ts';
import { listRegistries } from '../../db/ingest/registries.ts';
import { baseLanguage } from '../../languages.ts';
import { customOf, type OwnParagraph } from '../../mail/custom/custom.ts';
import { browserDays } from '../../use-cases/subscriptions/confirm.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readSentence } from '../shared/condition-links.ts';

/** Retention periods in days, as in `db/maintenance/retention.ts`; a test compares the two. */
export const keptDays = {
  unconfirmed: 7,
  stopped: 28,
  digests: 90,
  otherMails: 30,
  bounces: 90,
  rateLimits: 30,
  requests: 7,
};

const keptSeconds = 3_600;

/** What this is, where its facts come from, how to read them. */
export async function showAbout({ wording }: PageRequest, { db, config }: WebDeps): Promise<PageResponse> {
  const read = readSentence(wording, await listRegistries(db), config.defaultTimezone);
  const registries = Object.keys(config.registries);
  return {
    ...publicPage('about', wording.say('legal.about.title'), {
      read,
      registries: registryNames(wording, registries),
      terms: attributions(wording, registries),
    }),
    sharing: { address: '/about', description: wording.say('legal.about.lead') },
  };
}

/** What is stored, why, how long, and who else sees the mails. */
export function showPrivacy({ wording }: PageRequest, { config }: WebDeps): PageResponse {
  const rows = (
    [
      ['address', { stopped: keptDays.stopped, unconfirmed: keptDays.unconfirmed }],
      ['follows', { stopped: keptDays.stopped, unconfirmed: keptDays.unconfirmed }],
      ['shared', { days: keptDays.digests }],
      ['reports', { days: keptDays.otherMails }],
      ['consent', {}],
      ['digests', { days: keptDays.digests }],
      ['mails', { days: keptDays.otherMails }],
      ['bounces', { days: keptDays.bounces }],
      ['rate-limits', { days: keptDays.rateLimits }],
      ['lists', { days: bulkDays }],
      ['requests', { days: keptDays.requests }],
      ['blocked', {}],
      ['cookies', { days: browserDays }],
    ] as const
  ).map(([name, values]) => ({
    what: wording.say(`legal.kept.${name}.what`),
    why: wording.say(`legal.kept.${name}.why`),
    long: wording.say(`legal.kept.${name}.long`, values),
  }));
  return publicPage('privacy', wording.say('legal.privacy.title'), {
    rows,
    sendsMail: config.smtpUrl !== null,
    minAge: config.minAge,
    contact: contactOf(config),
  });
}

/** What a reader may and may not expect. */
export function showTerms({ wording }: PageRequest, { config }: WebDeps): PageResponse {
  return publicPage('terms', wording.say('legal.terms.title'), {
    minAge: config.minAge,
    registries: registryNames(wording, Object.keys(config.registries)),
  });
}

/** Who runs this, and how to reach them. */
export function showOperator({ wording, language }: PageRequest, { config }: WebDeps): PageResponse {
  const { name, address } = config.operator;
  return publicPage('operator', wording.say('legal.operator.title'), {
    name,
    address,
    contact: contactOf(config),
    words: ownWords(config, language),
  });
}

/** The operator's own words, in the page's language if they have it, else in another. */
function ownWords(
  config: WebDeps['config'],
  language: string,
): { language: string; paragraphs: OwnParagraph[] } | null {
  const { words } = customOf(config);
  const spoken = [language, baseLanguage(language), config.defaultLanguage, ...words.keys()].find((one) =>
    words.has(one),
  );
  return spoken === undefined ? null : { language: spoken, paragraphs: words.get(spoken) ?? [] };
}

/** The privacy contact, as a link if it is an address. */
function contactOf({ operator }: WebDeps['config']): { text: string; href: string | null } | null {
  const text = operator.privacyContact;
  if (text === null) return null;
  const isAddress = /^[^\s@<>]+@[^\s@<>]+$/.test(text);
  return { text, href: isAddress ? `mailto:${text}` : /^https?:\/\//.test(text) ? text : null };
}

function publicPage(page: string, title: string, view: object): PageResponse {
  return { page, title, view, indexed: true, cacheSeconds: keptSeconds };
}
