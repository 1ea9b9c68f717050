import { describe, expect, it } from 'vitest';
import { conceptsAdmitted } from '../../../src/core/matching/admitted.ts';
import type { ParticipantText } from '../../../src/core/matching/admitted-text.ts';
import { follow } from '../../support/matching.ts';

const idOf = (words: string) => follow(words).conceptId ?? '';

/** Whether a record of an umbrella trial names an illness among those who may take part. */
function admits(text: ParticipantText, illness: string, umbrella = 'cancer'): boolean {
  return conceptsAdmitted(text, [idOf(umbrella)], []).has(idOf(illness));
}

const arm = (label: string, description = ''): ParticipantText => ({
  arms: [{ label, description, type: null }],
});
const criteria = (text: string): ParticipantText => ({ criteria: text });
const summary = (text: string): ParticipantText => ({ summary: text });

describe('the illnesses that a trial of many admits', () => {
  it.each<[string, ParticipantText, string]>([
    ['an arm', arm('Cohort A: melanoma'), 'melanoma'],
    [
      'the description of an arm',
      arm('Cohort B', 'Patients with ovarian cancer receive 10 mg'),
      'ovarian cancer',
    ],
    [
      'inclusion criteria',
      criteria('Inclusion Criteria:\n* Histologically confirmed glioblastoma'),
      'glioblastoma',
    ],
    [
      'criteria that follow the exclusions',
      criteria('Exclusion Criteria:\n* Pregnancy\nInclusion Criteria:\n* Pancreatic cancer'),
      'pancreatic cancer',
    ],
    ['the summary', summary('This study enrolls patients with advanced breast cancer.'), 'breast cancer'],
    [
      'a list with one word for tumours',
      criteria('* Metastatic breast, lung or prostate cancer'),
      'lung cancer',
    ],
    ['an abbreviation', criteria('* Locally advanced NSCLC or HNSCC'), 'non-small cell lung cancer'],
    ['an open bracket', criteria('* Solid Tumors (Breast, NSCLC'), 'non-small cell lung cancer'],
    ['the American spelling', criteria('* Esophageal cancer'), 'oesophageal cancer'],
    ['two organs in one word', criteria('* Esogastric cancer'), 'stomach cancer'],
  ])('M1: are read in %s', (_, text, illness) => {
    expect(admits(text, illness)).toBe(true);
  });

  it.each<[string, ParticipantText, string]>([
    ['a denial', criteria('* No history of melanoma'), 'melanoma'],
    ['a refusal', criteria('* Patients with prior breast cancer are excluded'), 'breast cancer'],
    ['an exclusion inside', criteria('* Solid tumors apart from melanoma'), 'melanoma'],
    [
      'an exclusion criterion',
      criteria('Inclusion Criteria:\n* Solid tumor\nExclusion Criteria:\n* Melanoma'),
      'melanoma',
    ],
    [
      'a comparison',
      summary('Unlike in lung cancer, patients with sarcoma are rarely treated.'),
      'lung cancer',
    ],
    ['a history', criteria('* Family history of ovarian cancer is recorded'), 'ovarian cancer'],
    ['an earlier illness', criteria('* Previous breast cancer allowed after five years'), 'breast cancer'],
    ['background', summary('The drug is approved for patients with melanoma.'), 'melanoma'],
    ['a limit of laboratory values', criteria('* Bilirubin at most 3 x ULN in liver cancer'), 'liver cancer'],
    ['a description that admits nobody', { description: 'Melanoma cells were grown.' }, 'melanoma'],
  ])('M1: are not those in %s', (_, text, illness) => {
    expect(admits(text, illness)).toBe(false);
  });

  it('M1: are allergens and pollens where the trial is about allergy, and tumours only where it is about cancer', () => {
    const both = criteria('* Birch pollen allergy or cat allergy\n* Melanoma');
    expect(admits(both, 'pollen allergy', 'allergy')).toBe(true);
    expect(admits(both, 'melanoma', 'allergy')).toBe(false);
    expect(admits(both, 'melanoma', 'cancer')).toBe(true);
  });

  it('M1: are not looked for where the trial is about one illness', () => {
    expect([...conceptsAdmitted(criteria('* Melanoma'), [], [])]).toEqual([]);
  });
});
