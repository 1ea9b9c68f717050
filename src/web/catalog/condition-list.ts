import type { TrialCard } from '../../core/digests/digest.ts';
import { warningsFor } from '../../core/digests/warnings.ts';
import { groupOfStatus, type StatusGroup, statusesOfGroup, statusGroups } from '../../core/status-groups.ts';
import { type Instant, type TrialStatus, trialStatuses } from '../../core/trial.ts';
import { countryNames } from '../../core/wording/countries.ts';
import { warningSentence } from '../../core/wording/digest/trial-words.ts';
import { markOf } from '../../core/wording/shape/marks.ts';
import { quoteRegistry, statusName, valueName } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readTrialsAbout, type TrialsAbout } from '../../db/catalog/condition-pages.ts';
import type { Db } from '../../db/connect.ts';
import type { BoxFilters } from '../follow/follow-box.ts';
import { capitalise } from '../shared/condition-links.ts';
import { describeFilters } from '../shared/describe-subscription.ts';
import { ageGroups, distancesKm, phases, studyTypes } from '../shared/limits.ts';
import { type AskedList, addressOfList, followFieldsOf, readListFilters } from './condition-asked.ts';

const trialsOnAPage = 20;
const choicesShown = 12;

type Option = { value: string; label: string; isChosen: boolean };

/** A trial in a list, in words. */
export type ListedTrial = {
  href: string;
  id: string;
  title: string;
  status: string;
  bucket: string;
  facts: string;
  warnings: string[];
};

/** A list of trials with the form that filters it. */
export type TrialListView = {
  /** The trials of the condition that pass the filters, whatever their status, and those that recruit. */
  total: number;
  recruiting: number;
  show: StatusGroup | 'all';
  form: {
    action: string;
    statuses: Option[];
    near: string;
    distances: Option[];
    phases: Option[];
    ages: Option[];
    kinds: Option[];
    /** More than the status and the place is chosen. */
    isOpen: boolean;
    fault: string | null;
    /** The places to choose from, with the list around each. */
    choices: { name: string; href: string }[];
    /** The city that a postal code was taken for. */
    measured: string | null;
  };
  isFiltered: boolean;
  /** The address of all the condition's trials. */
  allHref: string;
  /** What of the list a subscription can have. */
  follow: BoxFilters;
  trials: ListedTrial[];
  firstHref: string | null;
  nextHref: string | null;
};

/** Reads a list of trials about some topics as asked for, and puts it into words. */
export async function readTrialList(
  db: Db,
  wording: Wording,
  subject: { slug: string; topics: string[] },
  { asked: typed, now }: { asked: AskedList; now: Instant },
): Promise<TrialListView> {
  const { filters, fault, cities, byCode } = await readListFilters(db, typed);
  // A postal code is nearly an address: nothing on the page repeats it in a link.
  const asked = byCode && filters.place ? { ...typed, near: filters.place.name ?? '' } : typed;
  const show = asked.show === '' ? 'recruiting' : asked.show;
  const statuses = show === 'all' ? trialStatuses : statusesOfGroup(show);
  const page = { after: asked.after, atMost: trialsOnAPage, filters };
  const { counts, trials, next }: TrialsAbout = await readTrialsAbout(db, subject.topics, statuses, page);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const groups = countGroups(counts);
  const options = (codes: readonly string[], chosen: string) =>
    codes.map((value) => ({
      value,
      label: wording.say(`follow.option.${value}`),
      isChosen: value === chosen,
    }));
  const statusOption = (value: StatusGroup | 'all', count: number): Option => ({
    value,
    label: wording.say('condition.filter.status-count', {
      status: wording.say(`condition.group.${value}`),
      count,
    }),
    isChosen: value === show,
  });
  const recruitingOnly = asked.show === 'recruiting';
  return {
    total,
    recruiting: groups.get('recruiting') ?? 0,
    show,
    form: {
      action: `${addressOfList(subject.slug, emptyList)}#trials`,
      statuses: [
        ...statusGroups.flatMap((group) =>
          groups.has(group) || group === show ? statusOption(group, groups.get(group) ?? 0) : [],
        ),
        statusOption('all', total),
      ],
      near: asked.near,
      distances: distancesKm.map((km) => ({
        value: km,
        label: wording.distance(Number(km), true),
        isChosen: km === asked.km,
      })),
      phases: options(phases, asked.phase),
      ages: options(ageGroups, asked.age),
      kinds: options(studyTypes, asked.kind),
      isOpen: asked.phase !== '' || asked.age !== '' || asked.kind !== '',
      fault: fault && wording.say(`condition.filter.${fault}`, { place: asked.near }),
      choices: cities
        .slice(0, choicesShown)
        .map((name) => ({ name, href: `${addressOfList(subject.slug, asked, { near: name })}#trials` })),
      measured:
        byCode && filters.place
          ? wording.say(`place.by-code.${byCode}`, { typed: typed.near, city: filters.place.name ?? '' })
          : null,
    },
    isFiltered: Object.keys(filters).length > 0,
    allHref: addressOfList(subject.slug, { ...emptyList, show: 'all' }),
    follow: {
      fields: followFieldsOf(asked, filters),
      only: describeFilters(wording, recruitingOnly ? { ...filters, recruitingOnly } : filters),
    },
    trials: trials.map((one) => listedTrial(wording, one, now)),
    firstHref: asked.after === null ? null : addressOfList(subject.slug, asked),
    nextHref: next && addressOfList(subject.slug, asked, { after: next }),
  };
}

const emptyList: AskedList = { show: '', near: '', km: '100', phase: '', age: '', kind: '', after: null };

function countGroups(counts: ReadonlyMap<TrialStatus, number>): Map<StatusGroup, number> {
  const sums = new Map<StatusGroup, number>();
  for (const [status, count] of counts) {
    const group = groupOfStatus(status);
    sums.set(group, (sums.get(group) ?? 0) + count);
  }
  return sums;
}

/** A trial of a list in words, with warnings about its record. */
export function listedTrial(
  wording: Wording,
  { card, nearestKm }: { card: TrialCard; nearestKm: number | null },
  now: Instant,
): ListedTrial {
  const { siteCount, countries } = card;
  const [country = ''] = countryNames(wording, countries);
  const facts = [
    phaseFact(wording, card),
    siteCount + countries.length === 0
      ? null
      : wording.say('condition.row.sites', { sites: siteCount, countries: countries.length, country }),
    nearestKm === null
      ? null
      : wording.say('condition.row.nearest', {
          km: Math.round(nearestKm),
          distance: wording.distance(Math.round(nearestKm)),
        }),
  ].flatMap((fact) => fact || []);
  return {
    href: `/trials/${encodeURIComponent(card.id)}`,
    id: card.id,
    title: quoteRegistry(wording, card.title) || wording.say('card.no-title'),
    status: statusName(wording, card.status),
    bucket: markOf(card.status) ?? 'unknown',
    facts: capitalise(facts.join(' · ')),
    warnings: warningsFor(card, now).map((warning) => warningSentence(wording, warning)),
  };
}

/** The phases of a trial, or what kind of study it is if it has none. */
function phaseFact(wording: Wording, { phases, studyType }: TrialCard): string | null {
  if (phases.some((phase) => phase !== 'NA')) return valueName(wording, phases);
  const key = `condition.row.kind.${studyType}`;
  return wording.has(key) ? wording.say(key) : null;
}
