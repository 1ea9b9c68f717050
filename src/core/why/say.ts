import { facets } from '../change.ts';
import type { MessageValues, Wording } from '../wording/wording.ts';
import type { Step, Verdict } from './facts.ts';

const filterKeys: Record<string, string> = {
  country: 'admin.why.filter.country',
  place: 'admin.why.filter.place',
  age: 'admin.why.filter.age',
  sex: 'admin.why.filter.sex',
  studyType: 'admin.why.filter.study-type',
  phase: 'admin.why.filter.phase',
  recruiting: 'admin.why.filter.recruiting',
};
const suppressionKeys: Record<string, string> = {
  'hard-bounce': 'admin.why.suppression.hard-bounce',
  'soft-bounces': 'admin.why.suppression.soft-bounces',
  complaint: 'admin.why.suppression.complaint',
  never: 'admin.why.suppression.never',
};
const weekdayKeys = [
  '',
  ...['manage.weekday.1', 'manage.weekday.2', 'manage.weekday.3', 'manage.weekday.4'],
  ...['manage.weekday.5', 'manage.weekday.6', 'manage.weekday.7'],
];
const verdictKeys: Record<Verdict['kind'], string> = {
  sent: 'admin.why.verdict.sent',
  promised: 'admin.why.verdict.promised',
  'in-doubt': 'admin.why.verdict.in-doubt',
  undelivered: 'admin.why.verdict.undelivered',
  next: 'admin.why.verdict.next',
  not: 'admin.why.verdict.not',
  forgotten: 'admin.why.verdict.forgotten',
};

/** A step of an explanation in words; instants are in the person's zone. */
export function sayStep(wording: Wording, { key, values }: Step, timezone: string): string {
  const said = Object.entries(values).map(([name, value]) => [
    name,
    sayValue(wording, name, value, timezone),
  ]);
  return wording.say(key, Object.fromEntries(said) as MessageValues);
}

function sayValue(wording: Wording, name: string, value: string | number, timezone: string): string | number {
  if (typeof value === 'number') return name === 'weekday' ? wording.say(weekdayKeys[value] ?? '') : value;
  if (name.endsWith('At') || name === 'since') return value === '' ? '' : wording.moment(value, timezone);
  if (name === 'facet') {
    const facet = facets.find((one) => one === value);
    return facet ? wording.say(`trial.facet.${facet}`) : value;
  }
  if (name === 'filters')
    return wording.list(
      value.split(',').map((one) => wording.say(filterKeys[one] ?? 'admin.why.filter.place')),
    );
  if (name === 'reason' && Object.hasOwn(suppressionKeys, value))
    return wording.say(suppressionKeys[value] ?? '');
  return value;
}

/** The verdict in one sentence. */
export function sayVerdict(wording: Wording, verdict: Verdict, timezone: string): string {
  const key = verdictKeys[verdict.kind];
  if (verdict.kind === 'next') return wording.say(key, { at: wording.moment(verdict.at, timezone) });
  return 'digestId' in verdict ? wording.say(key, { id: verdict.digestId }) : wording.say(key);
}
