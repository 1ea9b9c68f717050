import type { Trial } from '../../../core/trial.ts';
import { countryNames } from '../../../core/wording/countries.ts';
import { ageGroupName } from '../../../core/wording/trial-facts.ts';
import { ageName, quoteRegistry, valueName } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';

/** A label and its value, ready to show. */
type Fact = { label: string; value: string };

/** The facts at the top of a trial's page. */
export function quickFacts(wording: Wording, trial: Trial): Fact[] {
  const { enrollment, sites } = trial;
  const countries = countryNames(
    wording,
    sites.flatMap(({ country }) => (country === '' ? [] : country)),
  );
  return factsOf(wording, [
    // Of a trial its phase says it; what is none has to say so.
    ['study-type', trial.studyType === 'INTERVENTIONAL' ? null : valueName(wording, trial.studyType)],
    ['phase', valueName(wording, trial.phases)],
    [
      'enrollment',
      enrollment &&
        wording.say('trial.participants', { count: enrollment.count, type: enrollment.type ?? 'none' }),
    ],
    ['ages', agesOf(wording, trial)],
    ['sex', trial.sex === 'ALL' ? null : valueName(wording, trial.sex)],
    [
      'sites',
      sites.length > 0
        ? wording.say('trial.sites-in', {
            count: sites.length,
            countries: countries.length,
            country: countries[0] ?? '',
          })
        : null,
    ],
  ]);
}

/** Labels facts by their source field and leaves out empty ones. */
function factsOf(wording: Wording, rows: [source: string, value: string | null][]): Fact[] {
  return rows.flatMap(([source, value]) =>
    value
      ? [
          {
            label: wording.say(`trial.source.${source}`),
            value: value.charAt(0).toUpperCase() + value.slice(1),
          },
        ]
      : [],
  );
}

/** Who can take part, as far as it is no text. */
export function eligibilityFacts(wording: Wording, trial: Trial): Fact[] {
  return factsOf(wording, [
    ['ages', agesOf(wording, trial)],
    ['sex', valueName(wording, trial.sex)],
    ['gender', trial.genderBased ? valueName(wording, true) : null],
    ['gender-description', trial.genderDescription && quoteRegistry(wording, trial.genderDescription, 1_000)],
    ['volunteers', valueName(wording, trial.healthyVolunteers)],
  ]);
}

function agesOf(wording: Wording, { minimumAge, maximumAge, ageGroups }: Trial): string | null {
  if (ageGroups.length > 0) return wording.list(ageGroups.map((group) => ageGroupName(wording, group)));
  const [minimum, maximum] = [minimumAge, maximumAge].map((age) => (age ? ageName(wording, age) : null));
  if (minimum && maximum) return wording.say('trial.ages.range', { minimum, maximum });
  if (minimum) return wording.say('trial.ages.from', { minimum });
  return maximum ? wording.say('trial.ages.to', { maximum }) : null;
}
