import { describe, expect, it } from 'vitest';
import type { Matchable } from '../../../src/core/matching/concepts-weak.ts';
import { judgeConcepts, weakMeshes } from '../../../src/core/matching/concepts-weak.ts';
import {
  buildPhraseIndex,
  followedPhrases,
  phraseTopic,
  topicsOf,
  topicsOfCondition,
} from '../../../src/core/matching/topics.ts';
import {
  follow,
  followLiterally,
  makeTrial,
  matchHeadings,
  matchSubstring,
  prove,
} from '../../support/matching.ts';

const nothing = buildPhraseIndex([]);

describe('matching a trial to a followed condition', () => {
  it('M1: says whether the heading, something beneath it or a phrase matched', () => {
    const lung = follow('lung cancer');
    prove((match) => {
      expect(match(makeTrial({ meshes: ['D008175 Lung Neoplasms'] }), lung)).toEqual({
        by: 'concept',
        words: 'Lung Neoplasms',
      });
      const beneath = makeTrial({
        conditions: ['SCLC'],
        meshes: ['D055752 Small Cell Lung Carcinoma'],
        ancestors: ['D008175 Lung Neoplasms', 'D009369 Neoplasms'],
      });
      expect(match(beneath, lung)).toEqual({ by: 'beneath', words: 'Small Cell Lung Carcinoma' });
      expect(match(makeTrial({ title: 'Drug X in lung cancers' }), lung)).toEqual({
        by: 'phrase',
        words: 'lung cancer',
      });
    }, matchHeadings);
  });

  it('M1: of several headings names the one beneath the followed one', () => {
    const basket = makeTrial({
      conditions: ['Castration Resistant Prostatic Cancer', 'Sarcoma', 'Melanoma'],
      meshes: [
        'D012509 Sarcoma',
        'D008545 Melanoma',
        'D064129 Prostatic Neoplasms, Castration-Resistant',
        'D055752 Small Cell Lung Carcinoma',
      ],
      ancestors: [
        'D011471 Prostatic Neoplasms',
        'D008175 Lung Neoplasms',
        'D009383 Neoplasms, Vascular Tissue',
      ],
    });
    prove((match) => {
      const prostatic = { words: 'Prostatic Neoplasms, Castration-Resistant' };
      expect(match(basket, follow('prostate cancer'))).toMatchObject(prostatic);
      expect(match(basket, follow('lung cancer'))).toMatchObject({ words: 'Small Cell Lung Carcinoma' });
    }, matchHeadings);
  });

  it('M1: finds whole words only, folded over case, accents, punctuation, plural, hyphen and spelling', () => {
    const cases: [typed: string, written: string, matches: boolean][] = [
      ['leukaemia', 'Acute Leukemias', true],
      ['Sjogren syndrome', 'Primary SJÖGREN’S Syndrome', true],
      ['esophageal tumour', 'Oesophageal Tumors', true],
      ['Alzheimers', "Alzheimer's Disease", true],
      ['Crohn', 'Crohn´s disease', true],
      ['colorectal cancer', 'Colo-rectal Cancer', true],
      ['triple negative breast cancer', 'Triple-Negative Breast Carcinoma', true],
      ['gout', 'Gouty-looking dragouts', false],
      ['lupus', 'Lupusol 5 mg', false],
      ['breast cancer', 'Breast, Cancer centre', false],
      ['leukemia', 'Cutleukemiax', false],
    ];
    prove((match) => {
      for (const [typed, written, matches] of cases) {
        const found = match(makeTrial({ conditions: [written] }), follow(typed));
        expect(found !== null, `${typed} in ${written}`).toBe(matches);
      }
    }, matchSubstring);
  });

  it('M1: a phrase inside another disease’s name is no match', () => {
    const cases: [typed: string, written: string, matches: boolean][] = [
      ['small cell lung cancer', 'Non-small cell lung cancer', false],
      ['small cell lung cancer', 'Nonsmall-Cell Lung Cancer', false],
      ['small cell lung cancer', 'Extensive-stage small cell lung cancer', true],
      ['lung cancer', 'Advanced non-small cell lung cancer', true],
      ['hodgkin lymphoma', "Non-Hodgkin's Lymphoma", false],
      ['hodgkin lymphoma', "Non-Hodgkin's and Hodgkin's Lymphoma", true],
      ['hypertension', 'Pulmonary hypertension', false],
      ['hypertension', 'Portal Hypertension', false],
      ['hypertension', 'Resistant hypertension', true],
      ['diabetes', 'Central Diabetes Insipidus', false],
      ['diabetes', 'Pre-diabetes', false],
      ['diabetes', 'Cystic Fibrosis Related Diabetes', true],
      ['diabetes', 'Type 1 diabetes', true],
      ['asthma', 'Severe eosinophilic asthma', true],
      ['asthma', 'Children without asthma', false],
      ['asthma', 'Rhinitis with or without asthma', true],
      ['asthma', 'Asthma-like symptoms', false],
      ['lupus', 'Lupus-like disease', false],
      ['stroke', 'Heat stroke', false],
    ];
    prove((match) => {
      for (const [typed, written, matches] of cases) {
        const found = match(makeTrial({ conditions: [written] }), follow(typed));
        expect(found !== null, `${typed} in ${written}`).toBe(matches);
      }
    }, matchSubstring);
  });

  it('M1: the record’s own headings tell which longer names are other diseases', () => {
    const fibrosis = { conceptId: 'D005355', conceptTerm: 'Fibrosis', phrases: ['fibrosis'] };
    const cystic = makeTrial({
      conditions: ['Cystic Fibrosis'],
      meshes: ['D003550 Cystic Fibrosis'],
      ancestors: ['D010182 Pancreatic Diseases'],
    });
    prove((match) => {
      expect(match(cystic, fibrosis)).toBeNull();
      expect(match(makeTrial({ conditions: ['Renal fibrosis'] }), fibrosis)?.by).toBe('phrase');
    }, matchSubstring);
  });

  it('M1: words no heading fits count at the end of a name, not within one', () => {
    prove((match) => {
      const term = followLiterally('lung disease');
      expect(match(makeTrial({ conditions: ['Rare lung diseases'] }), term)?.by).toBe('phrase');
      const obstructive = makeTrial({ conditions: ['Chronic obstructive lung disease'] });
      expect(match(obstructive, followLiterally('obstructive lung'))).toBeNull();
    }, matchSubstring);
  });

  it('M1: B-cell ALL under Burkitt Lymphoma without any Leukemia is found by its words', () => {
    const trial = makeTrial({
      conditions: ['RELAPSED OR REFRACTORY B-CELL ACUTE LYMPHOBLASTIC LEUKEMIA (R/R B-ALL)'],
      meshes: ['D002051 Burkitt Lymphoma', 'D012008 Recurrence'],
      ancestors: ['D008228 Lymphoma, Non-Hodgkin', 'D008223 Lymphoma', 'D009369 Neoplasms'],
    });
    prove((match) => {
      expect(match(trial, follow('leukaemia'))).toEqual({ by: 'phrase', words: 'leukaemia' });
      expect(match(trial, follow('acute lymphocytic leukemia'))?.by).toBe('phrase');
    }, matchHeadings);
  });

  it('M1: zero-padded ids are the same headings, nine-digit ones stay findable', () => {
    const padded = makeTrial({ meshes: ['D000001943 Breast Neoplasms'] });
    prove((match) => {
      expect(match(padded, follow('breast cancer'))?.by).toBe('concept');
      expect(topicsOf(padded, nothing)).toContain('concept:D001943');
      expect(match(makeTrial({ meshes: ['D000086382 COVID-19'] }), follow('covid'))?.by).toBe('concept');
    }, matchSubstring);
  });

  it('M1: a rare-disease code without ancestors matches alone and by its words', () => {
    const trial = makeTrial({
      conditions: ['Esophageal Adenocarcinoma'],
      meshes: ['C562730 Adenocarcinoma Of Esophagus'],
    });
    prove((match) => {
      const rare = { conceptId: 'C562730', conceptTerm: 'Adenocarcinoma Of Esophagus', phrases: [] };
      expect(match(trial, rare)?.by).toBe('concept');
      expect(match(trial, follow('oesophageal cancer'))?.by).toBe('phrase');
    }, matchHeadings);
  });

  it('M1: several diseases sharing one word are each spoken of', () => {
    const trial = makeTrial({ title: 'Screening for breast, kidney and lung cancer' });
    prove((match) => {
      for (const typed of ['breast cancer', 'renal carcinoma', 'lung cancer'])
        expect(match(trial, follow(typed)), typed).not.toBeNull();
      expect(match(trial, follow('prostate cancer'))).toBeNull();
    }, matchSubstring);
  });

  it('M1b: short abbreviations never match alone', () => {
    prove((match) => {
      for (const short of ['ALL', 'MS', 'PD', 'AD', 'B-ALL', 'AIDS'])
        expect(
          match(makeTrial({ title: `All ${short} patients`, conditions: [short] }), followLiterally(short)),
        ).toBeNull();
      expect(match(makeTrial({ conditions: ['HIV'] }), follow('HIV'))?.by).toBe('phrase');
      const index = buildPhraseIndex([{ topic: 'short', phrase: 'ALL', conceptId: null }]);
      expect(topicsOf(makeTrial({ conditions: ['ALL'] }), index)).not.toContain('short');
    }, matchSubstring);
  });

  it('M1d: synonyms and swapped tumour words are found, whatever was typed', () => {
    const cases: [typed: string, written: string][] = [
      ['lung cancer', 'Bronchial Carcinoma'],
      ['lung cancer', 'Malignant neoplasm of the lung'],
      ['heart attack', 'Acute Myocardial Infarction'],
      ['high blood pressure', 'Essential Hypertension'],
      ['hay fever', 'Seasonal allergic rhinitis'],
      ['leucemia', 'Acute myeloid leukaemia'],
      ['cáncer de mama', 'Metastatic Breast Carcinoma'],
      ['renal cancer', 'Tumour of Kidney'],
      ['asthma', 'Asthmatics'],
    ];
    prove((match) => {
      for (const [typed, written] of cases)
        expect(
          match(makeTrial({ conditions: [written] }), follow(typed)),
          `${typed}: ${written}`,
        ).not.toBeNull();
    }, matchSubstring);
  });
});

describe('weak codes', () => {
  const allergic = makeTrial({
    conditions: ['Allergic Asthma'],
    keywords: ['Allergic Asthma, IgE, immunotherapy, omalizumab'],
    meshes: ['C562694 Epilepsy, Idiopathic Generalized'],
  });
  const idsOf = (trial: Matchable) => weakMeshes(trial).map(({ id }) => id);

  it('M1b: a code brought about by an abbreviation is weak and no topic', () => {
    const epilepsy = { conceptId: 'C562694', conceptTerm: 'Epilepsy, Idiopathic Generalized', phrases: [] };
    prove((match) => expect(match(allergic, epilepsy)).toBeNull(), matchHeadings);
    expect(idsOf(allergic)).toEqual(['C562694']);
    expect(topicsOf(allergic, nothing)).toContain('concept:D001249');
    expect(topicsOf(allergic, nothing)).not.toContain('concept:C562694');
  });

  it('M1b: codes that conditions or titles speak of, or that nothing else explains, are not weak', () => {
    const spoken = makeTrial({
      conditions: ['Generalized epilepsy (IGE)'],
      meshes: ['C562694 Epilepsy, Idiopathic Generalized'],
    });
    const translated = makeTrial({ conditions: ['Itching'], meshes: ['D011537 Pruritus'] });
    const abbreviated = makeTrial({ conditions: ['MDS'], meshes: ['D009190 Myelodysplastic Syndromes'] });
    const basket = makeTrial({
      conditions: ['Advanced Solid Tumors'],
      keywords: ['SCLC (small cell lung cancer)'],
      meshes: ['D055752 Small Cell Lung Carcinoma'],
    });
    for (const trial of [spoken, translated, abbreviated, basket]) expect(idsOf(trial)).toEqual([]);
    const dropAllUnspoken = (trial: Matchable) =>
      trial.meshes.filter(({ term }) => !JSON.stringify(trial.conditions).includes(term));
    expect(
      [spoken, translated, abbreviated, basket].every((trial) => dropAllUnspoken(trial).length > 0),
    ).toBe(true);
  });

  it('M1b: of the headings above, only those above a trusted code are kept', () => {
    const trial = makeTrial({
      conditions: ['Cystic Fibrosis'],
      keywords: ['SEVERE ASTHMA'],
      meshes: ['D003550 Cystic Fibrosis', 'D001249 Asthma'],
      ancestors: ['D001982 Bronchial Diseases', 'D010182 Pancreatic Diseases'],
    });
    const judged = judgeConcepts(trial);
    expect(judged.weak.map(({ id }) => id)).toEqual(['D001249']);
    expect(judged.above.map(({ id }) => id)).toEqual(['D010182']);
    const bronchial = { conceptId: 'D001982', conceptTerm: 'Bronchial Diseases', phrases: [] };
    prove((match) => expect(match(trial, bronchial)).toBeNull(), matchHeadings);
  });
});

describe('topics', () => {
  it('M1: a trial’s topics are itself, its headings, those above, and the followed phrases in it', () => {
    const lung = follow('lung cancer');
    const index = buildPhraseIndex([
      ...followedPhrases(lung),
      ...followedPhrases(follow('asthma')),
      ...followedPhrases(followLiterally('platform study')),
    ]);
    const trial = makeTrial({
      title: 'Platform study in lung cancer',
      meshes: ['D002289 Carcinoma, Non-Small-Cell Lung', 'D012008 Recurrence'],
      ancestors: ['D008175 Lung Neoplasms'],
    });
    const topics = topicsOf(trial, index);
    expect(topics.filter((topic) => !topic.startsWith('concept:')).sort()).toEqual([
      'phrase:-:platform study',
      'phrase:D008175:lung cancer',
      'trial:ctgov:NCT00000001',
    ]);
    // What is known to stand above, and no attribute.
    const concepts = topics.filter((topic) => topic.startsWith('concept:'));
    expect(concepts).toEqual(
      expect.arrayContaining(['concept:D002289', 'concept:D008175', 'concept:D009369']),
    );
    expect(concepts).not.toContain('concept:D012008');
    expect(concepts).not.toContain('concept:D001249');
    expect(topicsOfCondition(lung)).toEqual(['concept:D008175']);
    expect(topicsOfCondition({ ...lung, phrases: [...lung.phrases, 'marlboro lung'] })).toEqual([
      'concept:D008175',
      'phrase:D008175:marlboro lung',
    ]);
    expect(phraseTopic(null, 'Platform Studies')).toBe('phrase:-:platform study');
  });

  it('C16: a megabyte of title or condition is read as far as titles go', () => {
    const index = buildPhraseIndex(followedPhrases(follow('lung cancer')));
    for (const piece of ['lung cancer ', '(', '(a', 'a,', 'breast and lung cancer ', '- ', 'and ', 'non ']) {
      const flood = piece.repeat(Math.ceil(1_000_000 / piece.length));
      const trial = makeTrial({
        title: flood,
        officialTitle: flood,
        conditions: [flood, 'Lung cancer'],
        keywords: [flood],
      });
      expect(topicsOf(trial, index)).toContain('phrase:D008175:lung cancer');
    }
  });

  it('M1c: attributes are no topics', () => {
    const trial = makeTrial({
      conditions: ['Recurrence'],
      meshes: ['D012008 Recurrence', 'D009362 Neoplasm Metastasis'],
    });
    expect(topicsOf(trial, nothing)).toEqual(['trial:ctgov:NCT00000001']);
  });

  it('M3: a trial whose conditions change has its old topics before and its new ones after', () => {
    const index = buildPhraseIndex([
      ...followedPhrases(follow('asthma')),
      ...followedPhrases(follow('COPD')),
    ]);
    const before = makeTrial({ conditions: ['Asthma'], meshes: ['D001249 Asthma'] });
    const after = makeTrial({
      conditions: ['COPD'],
      meshes: ['D029424 Pulmonary Disease, Chronic Obstructive'],
    });
    const reached = new Set([...topicsOf(before, index), ...topicsOf(after, index)]);
    for (const topic of [
      'concept:D001249',
      'phrase:D001249:asthma',
      'concept:D029424',
      'phrase:D029424:copd',
    ])
      expect(reached).toContain(topic);
  });

  it('M1: topics and matches agree', () => {
    const followed = ['asthma', 'lung cancer', 'leukemia', 'hypertension'].map((words) => follow(words));
    const index = buildPhraseIndex(followed.flatMap(followedPhrases));
    const trials = [
      'Asthma',
      'Pulmonary hypertension',
      'AML leukemia',
      'Non-small cell lung cancer',
      'Gout',
    ].map((condition) => makeTrial({ conditions: [condition] }));
    prove((match) => {
      for (const trial of trials) {
        const topics = topicsOf(trial, index);
        for (const one of followed)
          expect(match(trial, one) !== null).toBe(
            topicsOfCondition(one).some((topic) => topics.includes(topic)),
          );
      }
    }, matchSubstring);
  });
});
