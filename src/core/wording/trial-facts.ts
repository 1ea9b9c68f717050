import type { TrialCard } from '../digests/digest.ts';
import type { AgeGroup } from '../trial.ts';
import { countryNames } from './countries.ts';
import { ageName, quoteRegistry, valueName } from './values.ts';
import type { Wording } from './wording.ts';

/** The quick facts of a trial in one line, without facts that the record lacks. */
export function factsLine(wording: Wording, card: TrialCard): string {
  const facts: (string | null)[] = [
    valueName(wording, card.studyType),
    valueName(wording, card.phases),
    card.enrollment &&
      wording.say('card.enrollment', { count: card.enrollment.count, type: card.enrollment.type ?? 'none' }),
    agesFact(wording, card),
    card.conditions.length > 0
      ? wording.say('card.conditions', {
          conditions: listSome(
            wording,
            card.conditions.map((name) => quoteRegistry(wording, name, 80)),
          ),
        })
      : null,
    card.siteCount === 0 && card.countries.length > 0
      ? wording.say('card.countries', { countries: listSome(wording, countryNames(wording, card.countries)) })
      : null,
    card.siteCount > 0 && card.countries.length > 0
      ? wording.say('card.sites', {
          count: card.siteCount,
          countries: listSome(wording, countryNames(wording, card.countries)),
        })
      : null,
    card.sponsor && wording.say('card.sponsor', { name: quoteRegistry(wording, card.sponsor.name, 120) }),
  ];
  const line = facts.filter((fact) => fact !== null && fact !== '').join('; ');
  return line === ''
    ? ''
    : wording.say('card.facts', { facts: line.charAt(0).toUpperCase() + line.slice(1) });
}

function agesFact(wording: Wording, { minimumAge, maximumAge }: TrialCard): string | null {
  const [from, to] = [yearsOf(minimumAge), yearsOf(maximumAge)];
  if (from !== null && to !== null) return wording.say('card.ages-years', { minimum: from, maximum: to });
  const minimum = minimumAge ? ageName(wording, minimumAge) : null;
  const maximum = maximumAge ? ageName(wording, maximumAge) : null;
  if (minimum && maximum) return wording.say('card.ages', { minimum, maximum });
  if (minimum) return wording.say('card.ages-from', { minimum });
  return maximum ? wording.say('card.ages-to', { maximum }) : null;
}

/** A group of ages in words. */
export function ageGroupName(wording: Wording, { from, to }: AgeGroup): string {
  if (to === null) return wording.say('trial.ages.group-from', { from: from ?? 0 });
  return wording.say('trial.ages.group', { from: from ?? 0, to });
}

function yearsOf(age: string | null): number | null {
  const years = /^(\d{1,3}) years?$/i.exec(age ?? '')?.[1];
  return years === undefined ? null : Number(years);
}

/** The first few names, and the number of the others. */
function listSome(wording: Wording, names: readonly string[], most = 4): string {
  if (names.length <= most) return wording.list(names);
  return wording.say('card.more', { shown: names.slice(0, most).join(', '), count: names.length - most });
}
