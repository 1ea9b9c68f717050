import type { Trial } from '../trial.ts';
import { withEachType, withoutExclusions } from './passages.ts';

/** The parts of a record that say who may take part. */
export type ParticipantText = Partial<Pick<Trial, 'arms' | 'criteria' | 'summary' | 'description'>>;

const exclusionHeading =
  /(?:^|[\s*])(?:(?:key|main|major|general)\s+)?(?:non-?inclusion|exclusion)\s*(?:criteria)?\s*[:\n]|exclusion criteria|\bineligib/i;
const inclusionHeading =
  /(?:^|[\s*])(?:(?:key|main|major|general)\s+)?inclusion(?: criteria)?\b[^\n:]*[:\n]/i;

/** The inclusion criteria: without every part behind an exclusion heading. */
function inclusionCriteria(criteria: string): string {
  const kept: string[] = [];
  let rest = criteria;
  for (;;) {
    const exclusion = exclusionHeading.exec(rest);
    if (!exclusion) return [...kept, rest].join('\n');
    kept.push(rest.slice(0, exclusion.index));
    rest = rest.slice(exclusion.index + exclusion[0].length);
    const inclusion = inclusionHeading.exec(rest);
    if (!inclusion) return kept.join('\n');
    rest = rest.slice(inclusion.index);
  }
}

/** An earlier or second illness, or one in the family, is not a reason to admit people. */
const history =
  /\b(?:in situ|(?:adequately|curatively|definitively) treated|cured|non-?melanoma|in (?:complete )?remission for|family history|first[- ]degree|relatives?)\b|\b(?:prior|previous|past|other|another|second(?:ary)?|concurrent|concomitant|additional|active)\s+(?:\w+[- ]){0,3}(?:malignan\w+|cancers?|neoplasms?)\b|\bhistory of (?:\w+[- ]){0,2}(?:malignan\w+|cancers?)/i;
const refusal =
  /\b(?:exclud(?:ed|es)|ineligible|not (?:be )?(?:eligible|allowed|permitted|included|enrolled|considered)|must not|may not|cannot)\b/i;
/**
 * Limits of laboratory values, measurements and symptoms tell how ill people are, not which illness they
 * have.
 */
const limits =
  /\b(?:symptoms?|guidelines?|scor(?:ed|ing)|ULN|upper limit|ALT|AST|SGOT|bilirubin|creatinine|transaminases?|RECIST|measurable|hemoglobin|platelets?)\b|[≤≥]|[<>]=?\s*\d/;
const denial = /^[\s*•\d.)-]*(?:no|not|without|absence|lack|never)\b/i;
const background =
  /\b(?:approv(?:ed|al)|indicat(?:ed|ion)|incidence|mortality|prevalence|most common|leading cause|worldwide|deaths?|known to|shown|showed|demonstrated|reported|observed|previous(?:ly)? studies|overexpress\w*|cell lines?|preclinical|mice|compared (?:to|with)|similar to|unlike|resembl\w+|risk (?:of|factors?|for)|evidence|tolerance)\b/i;
const people =
  /\b(?:patients?|participants?|subjects?|people|persons?|adults?|children|individuals|women|men|those)\b[^.;]{0,40}\b(?:with|who|diagnosed|having|suffering)\b|\b(?:cohorts?|tumou?r types?|limited to|to treat)\b|^[^.;]{0,60}\b(?:purpose|study|trial)\b/i;
const recruiting =
  /\b(?:cohorts?|expansion|(?:will|to) (?:be )?(?:enrol\w*|includ\w*|recruit\w*)|eligible|inclusion|limited to)\b/i;

/**
 * Characters of criteria or description that are read. More than registries allow is an accident or an
 * attack.
 */
const longestProse = 40_000;

function sentencesOf(text: string): string[] {
  return text
    .slice(0, longestProse)
    .split(/\n+|(?<=[.;!?])\s+(?=[A-Z*•\d(])|\s[*•]\s|\s##\s/)
    .filter((sentence) => sentence.trim() !== '');
}

/**
 * The sentences that describe participants. Leaves out those about other illnesses, limits and background.
 */
export function sentencesOfParticipants(trial: ParticipantText): string[] {
  const arms = (trial.arms ?? []).flatMap(({ label, description }) => [
    ...sentencesOf(label),
    ...sentencesOf(description),
  ]);
  const criteria = sentencesOf(inclusionCriteria((trial.criteria ?? '').slice(0, longestProse))).map(
    (sentence) => sentence.split(limits)[0] ?? '',
  );
  const summary = sentencesOf(trial.summary ?? '').filter((sentence) => people.test(sentence));
  const description = sentencesOf(trial.description ?? '').filter((sentence) => recruiting.test(sentence));
  const prose = [...summary, ...description].filter((sentence) => !background.test(sentence));
  return [...arms, ...criteria, ...prose]
    .filter((sentence) => !history.test(sentence) && !refusal.test(sentence) && !denial.test(sentence))
    .map((sentence) => withEachType(withoutExclusions(sentence)));
}
