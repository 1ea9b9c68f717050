import { describe, expect, it } from 'vitest';
import { canonicalConceptId, kindOfConcept } from '../../../src/core/matching/concepts-kinds.ts';
import { judgeConcepts } from '../../../src/core/matching/concepts-weak.ts';
import { resolveCondition } from '../../../src/core/matching/conditions.ts';
import { englishFor } from '../../../src/core/matching/foreign-words.ts';
import { buildPhraseIndex, topicsOf } from '../../../src/core/matching/topics.ts';
import { tumorVariants } from '../../../src/core/matching/tumors.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

const resolved = (typed: string) => {
  const found = resolveCondition(typed, { concepts: [] });
  return 'conceptId' in found ? `${found.kind} ${found.conceptId} ${found.term}` : found.kind;
};

describe('M1c: headings too wide to follow without asking, and headings that are not illnesses', () => {
  it.each([
    ['cancer', 'umbrella D009369 Neoplasms'],
    ['tumours', 'umbrella D009369 Neoplasms'],
    ['malignancy', 'umbrella D009369 Neoplasms'],
    ['malignant tumor', 'umbrella D009369 Neoplasms'],
    ['malignant neoplasm', 'umbrella D009369 Neoplasms'],
    ['solid tumor', 'umbrella D009369 Neoplasms'],
    ['heart disease', 'umbrella D006331 Heart Diseases'],
    ['cardiac disease', 'umbrella D006331 Heart Diseases'],
    ['mental illness', 'umbrella D001523 Mental Disorders'],
    ['infectious disease', 'umbrella D007239 Infections'],
    ['genetic disease', 'umbrella D030342 Genetic Diseases, Inborn'],
    ['viral infection', 'umbrella D014777 Virus Diseases'],
    ['nervous system disorder', 'umbrella D009422 Nervous System Diseases'],
    ['neurological disorder', 'umbrella D009422 Nervous System Diseases'],
    ['metastasis', 'attribute D009362 Neoplasm Metastasis'],
    ['metastatic cancer', 'attribute D009362 Neoplasm Metastasis'],
    ['metastatic disease', 'attribute D009362 Neoplasm Metastasis'],
    ['advanced cancer', 'attribute D009362 Neoplasm Metastasis'],
    ['relapse', 'attribute D012008 Recurrence'],
    ['rare disease', 'attribute D035583 Rare Diseases'],
    ['chronic illness', 'attribute D002908 Chronic Disease'],
    ['acute disease', 'attribute D000208 Acute Disease'],
    ['disease progression', 'attribute D018450 Disease Progression'],
    ['syndrome', 'attribute D013577 Syndrome'],
  ])('%s: %s', (typed, expected) => {
    expect(resolved(typed)).toBe(expected);
  });

  it.each([
    ['Cardiovascular Diseases', 'D002318', 'umbrella'],
    ['Infections', 'D007239', 'umbrella'],
    ['Gastrointestinal Diseases', 'D005767', 'umbrella'],
    ['Lung Diseases’ parent', 'D012140', 'umbrella'],
    ['Endocrine System Diseases', 'D004700', 'umbrella'],
    ['Vascular Diseases', 'D014652', 'umbrella'],
    ['Neurologic Manifestations', 'D009461', 'umbrella'],
    ['Inflammation', 'D007249', 'umbrella'],
    ['Stomatognathic Diseases', 'D009057', 'umbrella'],
    ['Genetic Diseases, Inborn', 'D030342', 'umbrella'],
    ['Recurrence', 'D012008', 'attribute'],
    ['Disease Attributes', 'D020969', 'attribute'],
    ['Emergencies', 'D004630', 'attribute'],
    ['Neoplasm Recurrence, Local', 'D009364', 'attribute'],
    ['Asthma', 'D001249', 'disease'],
  ])('%s is of the kind it is', (_, id, kind) => {
    expect(kindOfConcept(id)).toBe(kind);
  });
});

describe('a heading’s number', () => {
  it('has one spelling; what only looks like one stays as it is', () => {
    expect(canonicalConceptId('D000001249')).toBe('D001249');
    expect(canonicalConceptId('D000086382')).toBe('D000086382');
    for (const other of ['XD000001249', 'D000001249x', 'C000001249', 'D', ''])
      expect(canonicalConceptId(other)).toBe(other);
  });
});

describe('M1: a tumor by the organ’s noun and by its other words', () => {
  it.each([
    ['lung', 'pulmonary bronchial bronchogenic'],
    ['kidney', 'renal'],
    ['liver', 'hepatic'],
    ['stomach', 'gastric'],
    ['breast', 'mammary'],
    ['ovary', 'ovarian'],
    ['prostate', 'prostatic'],
    ['colon', 'colonic'],
    ['rectum', 'rectal'],
    ['pancreas', 'pancreatic'],
    ['cervix', 'cervical'],
    ['esophagus', 'esophageal'],
    ['endometrium', 'endometrial'],
    ['skin', 'cutaneous'],
  ])('%s: %s', (noun, beside) => {
    const names = tumorVariants(`${noun} cancer`);
    for (const head of ['cancer', 'carcinoma', 'neoplasm', 'tumor', 'malignancy', 'adenocarcinoma'])
      for (const word of [noun, ...beside.split(' ')]) expect(names).toContain(`${word} ${head}`);
    for (const head of ['cancer', 'carcinoma', 'neoplasm', 'tumor'])
      expect(names).toContain(`${head} of ${noun}`);
    for (const word of beside.split(' ')) {
      expect(tumorVariants(`${word} carcinoma`)).toEqual(names);
      expect(names).not.toContain(`cancer of ${word}`);
    }
  });

  it.each([
    ['bladder', 'urinary bladder'],
    ['cervix', 'uterine cervix'],
    ['cervix', 'uterine cervical'],
    ['thyroid', 'thyroid gland'],
  ])('%s is %s', (noun, other) => {
    expect(tumorVariants(`${other} cancer`)).toEqual(tumorVariants(`${noun} cancer`));
    expect(tumorVariants(`${noun} cancer`)).toContain(`${other} tumor`);
  });

  it('of head and neck is cancer of head and neck', () => {
    expect(tumorVariants('head and neck cancer')).toContain('cancer of head and neck');
    expect(tumorVariants('tumor in head and neck')).toContain('head and neck neoplasm');
  });
});

describe('M1b: codes that the record’s own words do not bear out', () => {
  const judged = (term: string, keywords: string[], conditions = ['Gout']) => {
    const trial = someTrial({
      title: 'A trial',
      officialTitle: null,
      acronym: null,
      summary: '',
      description: '',
      conditions,
      keywords,
      meshes: [{ id: 'D999999', term }],
      ancestors: [],
    });
    return judgeConcepts(trial).weak.map((one) => one.term);
  };

  it.each([
    ['Xylophon of Reeds', 'XR'],
    ['Xylophon and Reeds', 'XR'],
    ['Xylophon or Reeds', 'XR'],
    ['Xylophon in Reeds', 'XR'],
    ['Xylophon with Reeds', 'XR'],
    ['Xylophon by Reeds', 'XR'],
    ['Xylophon to Reeds', 'XR'],
  ])('%s is weak where only %s is a keyword: small words have no initial', (term, short) => {
    expect(judged(term, [short])).toEqual([term]);
    expect(judged(term, [], [short])).toEqual([]);
  });

  it.each(['cancer', 'tumor', 'neoplasm', 'malignancy', 'carcinoma', 'adenocarcinoma'])(
    'a kind of %s among the keywords is borne out by a tumor among the conditions',
    (head) => {
      expect(judged(`Xylophonic ${head}`, [`xylophonic ${head}`])).toEqual([`Xylophonic ${head}`]);
      expect(judged(`Xylophonic ${head}`, [`xylophonic ${head}`], ['Other tumor'])).toEqual([]);
    },
  );

  it.each(
    'disease disorder syndrome condition chronic acute primary secondary congenital hereditary idiopathic generalized juvenile adult human induced related injury severe infection system nervous function deficiency insufficiency failure'.split(
      ' ',
    ),
  )('that the word “%s” stands in the conditions bears nothing out', (word) => {
    expect(judged(`Xylophonic ${word}`, ['xylophonic things'], [`Other ${word}`])).toEqual([
      `Xylophonic ${word}`,
    ]);
  });
});

describe('M1: a name that a record denies', () => {
  const index = buildPhraseIndex([{ topic: 'phrase:-:gout', phrase: 'gouty arthropathy', conceptId: null }]);
  const isFound = (title: string) => {
    const bare = { meshes: [], ancestors: [], conditions: [], keywords: [], summary: '' };
    return topicsOf(someTrial({ ...bare, title, officialTitle: null }), index).includes('phrase:-:gout');
  };

  it.each(['without', 'no', 'not', 'excluding', 'non'])('after “%s” is none', (word) => {
    expect(isFound(`Adults ${word} gouty arthropathy`)).toBe(false);
    expect(isFound(`Adults gouty arthropathy`)).toBe(true);
  });

  it.each(['or', 'and', 'with'])('after “%s without” is both ways', (word) => {
    expect(isFound(`Adults ${word} without gouty arthropathy`)).toBe(true);
  });

  it.each([
    'cancer',
    'carcinoma',
    'tumor',
    'neoplasm',
    'disease',
    'lymphoma',
    'leukemia',
    'diabetes',
    'allergy',
  ])('is found where two share the word %s', (head) => {
    const shared = buildPhraseIndex([{ topic: 'x', phrase: `xylophon ${head}`, conceptId: null }]);
    const trial = someTrial({
      meshes: [],
      ancestors: [],
      keywords: [],
      summary: '',
      title: 'A trial',
      officialTitle: null,
      conditions: [`Xylophon and reedy ${head}`],
    });
    expect(topicsOf(trial, shared)).toContain('x');
  });
});

describe('M2: words with a Spanish article', () => {
  it.each(['el', 'la', 'los', 'las', 'un', 'una'])('%s is no part of the word', (article) => {
    expect(englishFor(`${article} gota`)).toBe(englishFor('gota'));
    expect(englishFor('gota')).not.toBeNull();
    expect(englishFor(`${article}gota`)).toBeNull();
  });
});
