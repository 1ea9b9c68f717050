import { describe, expect, it } from 'vitest';
import { trialStatuses } from '../../../src/core/trial.ts';
import { fields, requiredModules, trackedFields } from '../../../src/registries/ctgov/fields.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';
import { meshId } from '../../../src/registries/ctgov/values.ts';
import { type LooseStudy, makeStudy, mustRead, mustRefuse } from '../../support/ctgov-study.ts';

const statusOf = (study: LooseStudy) => study.protocolSection.statusModule;

describe('reading a record', () => {
  it('gives the trial in the field’s terms', () => {
    const { trial } = mustRead(makeStudy());
    expect(trial).toMatchObject({
      registry: 'ctgov',
      id: 'NCT09900001',
      aliases: ['NCT09900090', 'NCT09900091'],
      title: 'Exampline for Asthma & Café-au-lait Wheeze',
      status: 'RECRUITING',
      lastKnownStatus: null,
      verifiedOn: '2026-10',
      startDate: { date: '2026-03', precision: 'month', type: 'ACTUAL' },
      primaryCompletionDate: { date: '2027-06-30', precision: 'day', type: 'ESTIMATED' },
      completionDate: { date: '2028', precision: 'year', type: null },
      firstPostedOn: '2026-01-09',
      lastUpdatePostedOn: '2026-10-30',
      resultsPostedOn: null,
      phases: ['PHASE1', 'PHASE2'],
      enrollment: { count: 120, type: 'ESTIMATED' },
      sponsor: { name: 'Example University', class: 'OTHER' },
      conditions: ['Asthma in Children', 'Wheezing'],
      summary: 'First line.\n\nSecond line with > 5 things.',
      masking: 'DOUBLE',
      healthyVolunteers: false,
      unread: [],
    });
    expect(trial.collaborators.map(({ name }) => name)).toEqual(['Alpha Pharma', 'Zeta Foundation']);
    expect(trial.meshes).toEqual([
      { id: 'D001249', term: 'Asthma' },
      { id: 'D012135', term: 'Respiratory Sounds' },
    ]);
    expect(trial.outcomes.map(({ kind }) => kind)).toEqual(['primary', 'other']);
    expect(trial.sites.map(({ facility }) => facility)).toEqual([
      'Research Site',
      'Alpha Clinic',
      'Zeta Clinic',
    ]);
  });

  it('P11: keeps people out of the trial and gives their values apart', () => {
    const { trial, contacts } = mustRead(makeStudy());
    const text = JSON.stringify(trial);
    for (const value of ['Ada', 'Bo Example', 'Cy', '555-0100', '@example.org']) {
      expect(text).not.toContain(value);
    }
    expect(contacts).toHaveLength(4);
    expect(contacts).toContainEqual({
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'Ada Example',
      role: 'CONTACT',
      phone: '555-0100',
      phoneExt: '12',
      email: 'ada@example.org',
      affiliation: null,
    });
    const used = [...trial.contacts, ...trial.sites.flatMap((site) => site.contacts)];
    expect(new Set(used)).toEqual(new Set(contacts.map(({ hash }) => hash)));
  });

  it('P11: hashes of one person in two trials do not meet', () => {
    const one = mustRead(makeStudy()).contacts;
    const other = mustRead(
      makeStudy((study) => {
        study.protocolSection.identificationModule.nctId = 'NCT09900002';
      }),
    ).contacts;
    const hashes = new Set([...one, ...other].map(({ hash }) => hash));
    expect(hashes.size).toBe(one.length + other.length);
  });

  it('reads codes in any letter case, and every status code there is', () => {
    for (const status of trialStatuses) {
      const raw = makeStudy((study) => {
        statusOf(study).overallStatus = ` ${status.toLowerCase()}`;
      });
      expect(mustRead(raw).trial.status).toBe(status);
    }
  });

  it('makes absent values null or empty', () => {
    const { trial } = mustRead(
      makeStudy((study) => {
        const { protocolSection: section } = study;
        delete study.derivedSection;
        delete section.armsInterventionsModule;
        delete section.outcomesModule;
        delete section.contactsLocationsModule;
        section.statusModule = { overallStatus: 'COMPLETED' };
        section.designModule = { studyType: 'OBSERVATIONAL' };
        section.identificationModule = { nctId: 'NCT09900001', briefTitle: 'T', acronym: ' ' };
        section.conditionsModule = { conditions: ['', ' ', 'Asthma'] };
      }),
    );
    expect(trial).toMatchObject({
      acronym: null,
      startDate: null,
      hasExpandedAccess: null,
      enrollment: null,
      phases: [],
      conditions: ['Asthma'],
      meshes: [],
      sites: [],
      contacts: [],
      arms: [],
      outcomes: [],
    });
  });

  it('C16: hostile text is read as inert text, however long', () => {
    const { trial } = mustRead(
      makeStudy((study) => {
        const title = 'A\u0000\u202e\u200b\r\nBcc: x <script>alert(1)</script> ';
        study.protocolSection.identificationModule.briefTitle = title.repeat(20_000);
        study.protocolSection.contactsLocationsModule.locations[0].facility = '\u2066Zeta\u0007 Clinic\u2069';
      }),
    );
    expect(trial.title.startsWith('A Bcc: x <script>alert(1)</script> A')).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(trial.title).not.toMatch(/[\u0000-\u001f\u200b\u202a-\u202e]/);
    expect(trial.sites.map(({ facility }) => facility)).toContain('Zeta Clinic');
  });

  it('removes the zero padding of MeSH ids and nothing else', () => {
    const ids = ['D000001943', 'D001943', 'D000077195', 'C000655084', 'C535395', 'd001249', 'D1'];
    expect(ids.map((id) => meshId.parse(id))).toEqual([
      'D001943',
      'D001943',
      'D000077195',
      'C000655084',
      'C535395',
      'D001249',
      'D000001',
    ]);
  });
});

describe('results', () => {
  type Submissions = { releaseDate?: string; resetDate?: string; unreleaseDateUnknown?: boolean }[];
  const submitted = (submissions: Submissions, posted?: string) =>
    mustRead(
      makeStudy((study) => {
        study.derivedSection.miscInfoModule.submissionTracking = { submissionInfos: submissions };
        if (posted) statusOf(study).resultsFirstPostDateStruct = { date: posted, type: 'ACTUAL' };
      }),
    ).trial.resultsSubmittedOn;

  it('are under review from the newest submission that was not sent back', () => {
    expect(submitted([])).toBeNull();
    expect(submitted([{ releaseDate: '2026-01-01' }])).toBe('2026-01-01');
    expect(submitted([{ releaseDate: '2026-01-01', resetDate: '2026-02-01' }])).toBeNull();
    const again = [{ releaseDate: '2026-03-02' }, { releaseDate: '2026-01-01', resetDate: '2026-02-01' }];
    expect(submitted(again)).toBe('2026-03-02');
    expect(submitted([{ releaseDate: '2026-03-02', unreleaseDateUnknown: true }])).toBeNull();
  });

  it('are no longer under review once posted', () => {
    expect(submitted([{ releaseDate: '2026-01-01' }], '2026-05-01')).toBeNull();
  });

  it('fall back on the annotation where there is no tracking', () => {
    const read = (unpostedEvents: unknown) =>
      mustRead(
        makeStudy((study) => {
          study.annotationSection = { annotationModule: { unpostedAnnotation: { unpostedEvents } } };
        }),
      ).trial.resultsSubmittedOn;
    const release = { type: 'RELEASE', date: '2026-03-02' };
    expect(read([release])).toBe('2026-03-02');
    expect(read([{ type: 'RESET', date: '2026-03-09' }, release])).toBeNull();
    expect(read([release, { type: 'UNRELEASE', dateUnknown: true }])).toBeNull();
    expect(read([{ type: 'RESET', date: '2026-01-09' }, release])).toBe('2026-03-02');
  });

  it('are hashed by their contents, not by the people in them or the order of their lists', () => {
    const withResults = (section: unknown) =>
      mustRead(
        makeStudy((study) => {
          study.resultsSection = section;
        }),
      ).trial.resultsHash;
    const hash = withResults({
      outcomeMeasuresModule: { outcomeMeasures: [{ title: 'A' }, { title: 'B' }] },
    });
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(
      withResults({
        moreInfoModule: { pointOfContact: { email: 'x@example.org' } },
        outcomeMeasuresModule: { outcomeMeasures: [{ title: 'B ' }, { title: 'A' }] },
      }),
    ).toBe(hash);
    expect(withResults({ outcomeMeasuresModule: { outcomeMeasures: [{ title: 'A' }] } })).not.toBe(hash);
  });
});

describe('records that must not be trusted', () => {
  it('C8 L12: a record without one of its modules, or with an empty one, is quarantined', () => {
    for (const [name, path] of Object.entries(requiredModules)) {
      const module = path.split('.')[1] ?? '';
      const without = makeStudy((study) => {
        delete study.protocolSection[module];
      });
      const emptied = makeStudy((study) => {
        study.protocolSection[module] = {};
      });
      expect(mustRefuse(without)).toBe(`The record is thin: it has no ${name} module.`);
      expect(mustRefuse(without, fields)).toBe(`The record is thin: it has no ${name} module.`);
      expect(mustRefuse(emptied)).toMatch(/thin|is missing/);
    }
  });

  it('C8: a withheld record may be thin, and says nothing but its status and title', () => {
    const withheld = (title: object) => ({
      protocolSection: {
        identificationModule: { nctId: 'NCT09900001', ...title },
        statusModule: { overallStatus: 'WITHHELD', delayedPosting: true },
      },
    });
    const named = mustRead(withheld({ briefTitle: '[Trial of device that is not approved]' })).trial;
    expect(named.status).toBe('WITHHELD');
    expect(named.unread).toEqual(trackedFields.filter((name) => name !== 'status' && name !== 'title'));
    const nameless = mustRead(withheld({})).trial;
    expect(nameless.unread).toEqual(trackedFields.filter((name) => name !== 'status'));
  });

  it('C8: fields that were not asked for are named', () => {
    const raw = makeStudy();
    expect(mustRead(raw, fields).trial.unread).toEqual(['resultsHash']);
    const fewer = fields.filter((name) => !name.endsWith('.locations') && !name.endsWith('.centralContacts'));
    expect(mustRead(raw, fewer).trial.unread).toEqual(['resultsHash', 'contacts', 'sites']);
    const whole = ['protocolSection', 'derivedSection', 'resultsSection'];
    expect(mustRead(raw, whole).trial.unread).toEqual(['resultsSubmittedOn', 'violations', 'documents']);
  });

  it('C8: a saved record with posted results but without their tables says nothing about them', () => {
    const raw = makeStudy((study) => {
      statusOf(study).resultsFirstPostDateStruct = { date: '2026-05-01' };
    });
    expect(mustRead(raw).trial.unread).toEqual(['resultsHash']);
  });

  const faults: [string, (study: LooseStudy) => void, string][] = [
    [
      'an unknown status',
      (study) => {
        statusOf(study).overallStatus = 'RECRUIT';
      },
      'Status module, overall status: the code "RECRUIT" is not known.',
    ],
    [
      'an unknown site status',
      (study) => {
        study.protocolSection.contactsLocationsModule.locations[1].status = 'UNKNOWN';
      },
      'Contacts locations module, locations, entry 2, status: the code "UNKNOWN" is not known.',
    ],
    [
      'an unknown phase',
      (study) => {
        study.protocolSection.designModule.phases = ['PHASE5'];
      },
      'Design module, phases, entry 1: the code "PHASE5" is not known.',
    ],
    [
      'a number for a title',
      (study) => {
        study.protocolSection.identificationModule.briefTitle = 7;
      },
      'Identification module, brief title is a number where text is expected.',
    ],
    [
      'a list for a group',
      (study) => {
        statusOf(study).startDateStruct = [];
      },
      'Status module, start date is a list where a group of values is expected.',
    ],
    [
      'null for text',
      (study) => {
        statusOf(study).whyStopped = null;
      },
      'Status module, why stopped is null where text is expected.',
    ],
    [
      'a day the calendar does not have',
      (study) => {
        statusOf(study).startDateStruct.date = '2026-02-30';
      },
      'Status module, start date, date: "2026-02-30" is not a date.',
    ],
    [
      'a post date without a day',
      (study) => {
        statusOf(study).lastUpdatePostDateStruct.date = '2026-02';
      },
      'Status module, last update post date, date: the date has no day.',
    ],
    [
      'an enrollment of half a person',
      (study) => {
        study.protocolSection.designModule.enrollmentInfo.count = 1.5;
      },
      'Design module, enrollment info, count is a number where a whole number is expected.',
    ],
    [
      'no NCT number',
      (study) => {
        study.protocolSection.identificationModule.nctId = 'NCT123';
      },
      'Identification module, NCT id: "NCT123" is not an NCT number.',
    ],
    [
      'no title',
      (study) => {
        delete study.protocolSection.identificationModule.briefTitle;
      },
      'The record has no title.',
    ],
  ];
  it.each(faults)('C9: %s sets the record aside with a reason', (_, spoil, reason) => {
    const raw = makeStudy(spoil);
    const record = readRecord(raw, null);
    expect(record).toEqual({
      ok: false,
      id: reason.includes('NCT123') ? null : 'NCT09900001',
      reason,
      raw,
    });
  });

  it('C9: two faults are counted, and a reason repeats no person’s data', () => {
    const reason = mustRefuse(
      makeStudy((study) => {
        const [contact] = study.protocolSection.contactsLocationsModule.centralContacts;
        contact.email = ['ada@example.org'];
        contact.phone = 5550100;
      }),
    );
    expect(reason).toContain('(and 1 more)');
    expect(reason).not.toMatch(/ada|5550100/);
  });

  it('C9: reports data that is not a record at all', () => {
    for (const raw of [null, 7, 'text', []]) {
      expect(mustRefuse(raw)).toBe('This is not a study record of ClinicalTrials.gov.');
    }
    expect(mustRefuse({ studies: [] })).toBe('Protocol section is missing.');
  });
});
