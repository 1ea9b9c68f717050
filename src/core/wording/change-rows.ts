import type { Change, Json } from '../change.ts';
import { openChange } from '../digests/outside.ts';
import type { Instant } from '../trial.ts';
import { type SentenceCard, sentenceFor } from './change-sentences.ts';
import { attributions } from './sources.ts';
import type { Wording } from './wording.ts';

/**
 * One row of an export: a change, or its part at one site, in one country or with one new status. The names are those of
 * the columns in every form, in this order; they are permanent.
 */
export type ChangeRow = {
  releasedAt: Instant;
  registry: string;
  trial: string;
  title: string;
  facet: string;
  kind: string;
  before: string | null;
  after: string | null;
  country: string | null;
  city: string | null;
  site: string | null;
  /** How many sites the row stands for; null if it is not about sites. */
  siteCount: number | null;
  sentence: string;
  link: string;
  recordLink: string;
  /** What the registry's terms ask to be said (X12). */
  notice: string;
  /** The number of the change, which its rows share, and the version of the trial that introduced it. */
  change: number;
  version: number;
};

/** The columns of an export. */
export const changeColumns = [
  ...['releasedAt', 'registry', 'trial', 'title', 'facet', 'kind', 'before', 'after', 'country', 'city'],
  ...['site', 'siteCount', 'sentence', 'link', 'recordLink', 'notice', 'change', 'version'],
] as (keyof ChangeRow)[];

/** A released change with the facts of its trial that a row has. */
export type ExportedChange = SentenceCard & {
  id: number;
  version: number;
  change: Change;
  releasedAt: Instant;
  registryId: string;
  title: string;
};

/** A spreadsheet's cell has at most 32,767 characters; what disarms a formula takes some. */
const longestCell = 30_000;

/** Kinds of which a version keeps only a mark that says nothing to a reader. */
const kindsOfMarks = ['contacts', 'summary', 'description', 'results-updated'];

/**
 * A change as rows: several for one that has a country, a site or a new status of its own in each, otherwise one. Before
 * and after are codes and texts of the record as the API has them, without contact values (P11); the sentence is ours.
 */
export function rowsOfChange(
  wording: Wording,
  one: ExportedChange,
  links: { link: string; recordLink: string },
): ChangeRow[] {
  const change = openChange(one.change);
  const { facet, kind } = change;
  const isMark = kindsOfMarks.includes(kind) || kind.endsWith('-details');
  const plainOf = (value: Json) => (isMark ? null : plainValue(value));
  return placesOf(change).map(({ after = change.after, ...place }) => ({
    releasedAt: one.releasedAt,
    registry: one.registry,
    trial: one.registryId,
    title: cut(one.title),
    facet,
    kind,
    before: plainOf(change.before),
    after: plainOf(after),
    ...{ country: null, city: null, site: null, siteCount: null },
    ...place,
    sentence: cut(sentenceFor(wording, change, one)),
    ...links,
    notice: attributions(wording, [one.registry]).join(' '),
    change: one.id,
    version: one.version,
  }));
}

type Place = Partial<Pick<ChangeRow, 'country' | 'city' | 'site' | 'siteCount'>> & { after?: Json };

function placesOf({ site, country, count, statuses }: Change): Place[] {
  if (site)
    return [
      { country: site.country || null, city: site.city || null, site: site.facility || null, siteCount: 1 },
    ];
  if (statuses)
    return Object.entries(statuses).map(([status, siteCount]) => ({
      after: status === 'none' ? null : status,
      siteCount,
    }));
  return [{ country: country ?? null, siteCount: count ?? null }];
}

/** A value of a change as one text: the entries of a list apart by semicolons, the parts of an entry by commas. */
function plainValue(value: Json): string | null {
  const text = textOf(value);
  return text === '' ? null : cut(text);
}

function textOf(value: Json): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join('; ');
  if (typeof value !== 'object') return String(value);
  return partsOf(value)
    .flatMap((part) => textOf(part ?? null) || [])
    .join(', ');
}

/** The parts of a value in reading order, however the database ordered them. */
function partsOf(value: { [name: string]: Json }): (Json | undefined)[] {
  if ('precision' in value) return [value.date, value.type];
  if ('count' in value) return [value.count, value.type];
  if ('listedAs' in value) return [value.status, value.listedAs];
  if ('citation' in value) return [value.pmid, value.citation, value.notices];
  if ('list' in value) return [value.list, value.text];
  if ('description' in value) return [value.on, value.type, value.description];
  if ('name' in value) return [value.name, value.date];
  return Object.keys(value)
    .toSorted()
    .map((name) => value[name]);
}

function cut(text: string): string {
  return text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
}
