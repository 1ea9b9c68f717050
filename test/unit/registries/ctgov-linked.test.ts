import { describe, expect, it } from 'vitest';
import { makeTrim } from '../../../src/demo/recorded-search.ts';
import { fields } from '../../../src/registries/ctgov/fields.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';
import { addLinked, type LooseStudy, makeStudy, mustRead, mustRefuse } from '../../support/ctgov-study.ts';

const linked = (change: (study: LooseStudy) => void = () => {}) => {
  const study = addLinked(makeStudy());
  change(study);
  return study;
};

/** The fields read from it, by the piece of the record that they come from. */
const expected = {
  linkedAccess: { id: 'NCT05918913', status: 'AVAILABLE' },
  resultsDelayedOn: '2025-06-04',
  postingDelayed: true,
  genderBased: true,
  genderDescription: 'By self-representation',
  studyPopulation: 'Adults with asthma.\n\nFrom one clinic.',
  hasViolation: true,
  violations: [
    { type: 'CORRECTION_CONFIRMED', description: '', on: '2026-06-09' },
    { type: 'VIOLATION_IDENTIFIED', description: 'No results.', on: '2026-05-03' },
  ],
  papers: [{ pmid: '22', citation: 'Ada A. The result paper. J Example. 2025.' }],
  retractions: [
    { pmid: '333', citation: 'A paper that PubMed linked.', notices: ['5555', 'J Example. 2026;1:2'] },
  ],
  documents: [
    { name: 'Informed Consent Form', date: '2024-02-14' },
    { name: 'Study Protocol', date: '2022-06-29' },
  ],
  dataSharing: {
    plan: 'YES',
    description: 'On request.',
    kinds: ['ICF', 'STUDY_PROTOCOL'],
    timeFrame: '6 months after publication',
    access: 'Researchers',
    url: 'https://example.org/data',
  },
};

describe('parts of a record about things outside it', () => {
  it('is read, papers with results only', () => {
    expect(mustRead(linked()).trial).toMatchObject(expected);
  });

  it('is asked for, and comes with a registry’s answer', () => {
    const answer = makeTrim(fields.join())(linked());
    const { trial } = mustRead(answer, fields);
    expect(trial).toMatchObject(expected);
    expect(trial.unread).toEqual(['resultsHash']);
  });

  it('is nothing where the record has none', () => {
    const { trial } = mustRead(makeStudy());
    expect(trial).toMatchObject({
      linkedAccess: null,
      resultsDelayedOn: null,
      postingDelayed: null,
      genderBased: null,
      studyPopulation: '',
      violations: [],
      papers: [],
      retractions: [],
      documents: [],
      dataSharing: null,
    });
  });

  it('C8: counts as unread where an older read did not ask for it', () => {
    const older = fields.filter(
      (piece) => !/referencesModule|documentSection|ipdSharing|violation/.test(piece),
    );
    expect(mustRead(linked(), older).trial.unread).toEqual(
      expect.arrayContaining(['papers', 'retractions', 'documents', 'dataSharing', 'violations']),
    );
  });

  it.each<[string, (study: LooseStudy) => void, string]>([
    [
      'an unknown plan to share data',
      (study) => {
        study.protocolSection.ipdSharingStatementModule.ipdSharing = 'MAYBE';
      },
      'the code "MAYBE" is not known',
    ],
    [
      'an unknown kind of paper',
      (study) => {
        study.protocolSection.referencesModule.references[0].type = 'OPINION';
      },
      'references, entry 1, type: the code "OPINION" is not known',
    ],
    [
      'an unknown step of the FDA',
      (study) => {
        study.annotationSection.annotationModule.violationAnnotation.violationEvents[0].type = 'FINE';
      },
      'the code "FINE" is not known',
    ],
    [
      'an unknown status of expanded access',
      (study) => {
        study.protocolSection.statusModule.expandedAccessInfo.statusForNctId = 'GONE';
      },
      'the code "GONE" is not known',
    ],
    [
      'a number for a document’s name',
      (study) => {
        study.documentSection.largeDocumentModule.largeDocs[0].label = 7;
      },
      'label is a number where text is expected',
    ],
    [
      'a text for yes or no',
      (study) => {
        study.protocolSection.eligibilityModule.genderBased = 'Yes';
      },
      'gender based is text where true or false is expected',
    ],
    [
      'a day that the calendar does not have',
      (study) => {
        study.protocolSection.statusModule.dispFirstPostDateStruct.date = '2025-02-30';
      },
      '"2025-02-30" is not a date',
    ],
  ])('C9: %s sets the record aside', (_name, spoil, reason) => {
    expect(mustRefuse(linked(spoil))).toContain(reason);
  });

  it('C16: hostile text in it is inert', () => {
    const hostile = '\u202eevil\u0000\r\nSubject: x<script>alert(1)</script>\u200b';
    const record = readRecord(
      linked((study) => {
        const { referencesModule, eligibilityModule } = study.protocolSection;
        referencesModule.references[1].citation = hostile;
        referencesModule.references[1].pmid = `22\u202e\n`;
        eligibilityModule.studyPopulation = hostile;
        eligibilityModule.genderDescription = hostile;
        study.documentSection.largeDocumentModule.largeDocs[0].label = hostile;
        study.protocolSection.ipdSharingStatementModule.url = `javascript:${hostile}`;
      }),
      null,
    );
    if (!record.ok) throw new Error(record.reason);
    const { papers, documents, genderDescription, studyPopulation, dataSharing } = record.trial;
    const read = JSON.stringify({ papers, documents, genderDescription, studyPopulation, dataSharing });
    for (const character of ['\u202e', '\u200b', '\\u0000', '\\r']) expect(read).not.toContain(character);
    expect(papers[0]).toEqual({ pmid: '22', citation: 'evil Subject: x<script>alert(1)</script>' });
  });
});
