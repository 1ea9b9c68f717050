import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { makeCtisRecord, makeCtisRow } from '../../../src/demo/ctis-trial.ts';
import { aliasesOf, findEuNumbers } from '../../../src/registries/ctis/eu-numbers.ts';
import { ctis } from '../../../src/registries/ctis/index.ts';
import { statusByCountries } from '../../../src/registries/ctis/statuses.ts';
import { hasCtis, makeCtisTrial, readCtis, readCtisFile, readCtisTrial } from '../../support/ctis.ts';

const reasonOf = (raw: unknown) => {
  const record = ctis.readRecord(raw, null);
  return record.ok ? null : record.reason;
};
const record = (changes = {}) => structuredClone(makeCtisRecord(makeCtisTrial(changes))) as never as Raw;
type Raw = Record<string, never> & {
  ctPublicStatusCode: number;
  authorizedApplication: Record<string, never> & {
    memberStatesConcerned: { mscName: string; mscPublicStatusCode?: number }[];
    authorizedPartI: {
      trialDetails: { trialInformation: { endPoint: { primaryEndPoints: { endPoint: string }[] } } };
    };
    authorizedPartsII: { mscInfo: { trialRecruitmentPeriod: unknown[] } }[];
  };
};

describe('a record of the EU register', () => {
  it('X4: gives its countries with the registry’s words and dates, and what the status rests on', () => {
    const trial = readCtisTrial({ eudraCt: '2019-001588-63', nct: 'NCT04494412', id: '2024-510001-10-02' });
    expect(trial).toMatchObject({
      registry: 'ctis',
      status: 'RECRUITING',
      statusBasis: 'countries',
      registryStatus: 'Ongoing, recruiting',
      aliases: ['2019-001588-63', '2024-510001-10', '2024-510001-10-00', '2024-510001-10-01'],
      secondaryIds: [
        { id: '2019-001588-63', type: 'EUDRACT_NUMBER' },
        { id: 'NCT04494412', type: 'NCT' },
      ],
      phases: ['PHASE3'],
      ageGroups: [{ from: 18, to: 64 }],
      sex: 'ALL',
      healthyVolunteers: false,
      enrollment: { count: 20, type: 'ESTIMATED' },
      startDate: { date: '2026-01-10', precision: 'day', type: 'ACTUAL' },
      completionDate: { date: '2028-12-31', precision: 'day', type: 'ESTIMATED' },
      sponsor: { name: 'Example Pharma Ltd', class: 'INDUSTRY' },
      lastUpdatePostedOn: '2026-10-05',
      resultsState: 'none',
      criteria: 'Inclusion Criteria:\n\n* Age 18 to 64 years\n\nExclusion Criteria:\n\n* Pregnancy',
    });
    expect(trial.countries).toMatchObject([
      { code: 'ES', name: 'Spain', status: 'RECRUITING', listedAs: 'Ongoing, recruiting' },
      {
        code: 'IT',
        name: 'Italy',
        status: 'NOT_YET_RECRUITING',
        listedAs: 'Authorised, recruitment pending',
      },
    ]);
    expect(trial.countries[0]?.recruitmentStart?.date).toBe('2026-02-01');
    expect(trial.sites).toMatchObject([
      { facility: 'Ospedale di Esempio', country: 'Italy', orgId: 'ORG-100000012', department: 'Neurology' },
      { facility: 'Hospital de Ejemplo', country: 'Spain', status: null },
    ]);
  });

  it('X4: a code that nobody has described sets the record aside, in a trial, a country and a row', () => {
    const trial = record();
    trial.ctPublicStatusCode = 15;
    expect(reasonOf(trial)).toBe('Status: the code 15 is not known.');
    const country = record();
    country.authorizedApplication.memberStatesConcerned = [{ mscName: 'Spain', mscPublicStatusCode: 99 }];
    expect(reasonOf(country)).toMatch(/country's status: the code 99 is not known/);
    expect(reasonOf({ ...makeCtisRow(makeCtisTrial()), trialCountries: ['Spain:0'] })).toMatch(/Spain:0/);
  });

  it('X4: what is no record, or a thin one, is set aside with its number', () => {
    for (const raw of [null, {}, [], 'page', { ctNumber: '2024-510001-10-00' }])
      expect(reasonOf(raw)).not.toBeNull();
    const { authorizedApplication: _, ...thin } = makeCtisRecord(makeCtisTrial());
    expect(ctis.readRecord(thin, null)).toMatchObject({ ok: false, id: '2024-510001-10-00' });
    const stateless = record({ countries: [] });
    expect(reasonOf(stateless)).toBe('The record is thin: it has no country.');
  });

  it('C8: a part that an answer lacks is unread: nothing is gone by it', () => {
    const whole = readCtisTrial();
    const raw = record();
    raw.authorizedApplication.authorizedPartsII = [];
    delete raw.results;
    const { trialInformation } = raw.authorizedApplication.authorizedPartI.trialDetails;
    for (const key of Object.keys(trialInformation)) delete trialInformation[key as never];
    expect(compareTrials(whole, readCtis(raw)).changes).toEqual([]);
  });

  it('X4: the newest period of recruitment counts, which may have started again', () => {
    const raw = record();
    const [part] = raw.authorizedApplication.authorizedPartsII;
    if (part)
      part.mscInfo.trialRecruitmentPeriod = [
        { recruitmentStartDate: '2023-05-02', recruitmentEndDate: '2024-01-31', fromDate: '2023-05-10' },
        { recruitmentStartDate: '2025-03-04', fromDate: '2025-03-10' },
        { recruitmentStartDate: '2021-01-01', recruitmentEndDate: '2022-01-01', fromDate: '2022-01-10' },
      ];
    const spain = readCtis(raw).countries.find(({ code }) => code === 'ES');
    expect([spain?.recruitmentStart?.date, spain?.recruitmentEnd]).toEqual(['2025-03-04', null]);
  });

  it('X4: answers of 2024 without the countries’ codes: an only country has the trial’s, others go by their dates', () => {
    const forget = (raw: Raw) => {
      for (const state of raw.authorizedApplication.memberStatesConcerned) delete state.mscPublicStatusCode;
      return readCtis(raw).countries.map(({ code, status }) => [code, status]);
    };
    const [only] = makeCtisTrial().countries;
    expect(forget(record({ code: 6, countries: [only] }))).toEqual([['ES', 'SUSPENDED']]);
    expect(forget(record())).toEqual([
      ['ES', 'RECRUITING'],
      ['IT', 'NOT_YET_RECRUITING'],
    ]);
    const old = record();
    forget(old);
    expect(compareTrials(readCtis(old), readCtisTrial()).changes).toEqual([]);
  });

  it('X4: an early end is told from an end', () => {
    const end = (endedEarly: boolean) =>
      readCtisTrial({ code: 8, countries: [{ name: 'Spain', code: 8, endedEarly }] }).status;
    expect([end(false), end(true)]).toEqual(['COMPLETED', 'TERMINATED']);
  });

  it('X4: the trial’s status is that of its countries; the registry’s decides only between them', () => {
    expect(statusByCountries('RECRUITING', ['ACTIVE_NOT_RECRUITING', 'COMPLETED'])).toBe(
      'ACTIVE_NOT_RECRUITING',
    );
    expect(statusByCountries('ACTIVE_NOT_RECRUITING', ['RECRUITING', 'COMPLETED'])).toBe('RECRUITING');
    expect(statusByCountries('COMPLETED', ['ACTIVE_NOT_RECRUITING', 'COMPLETED'])).toBe('COMPLETED');
    expect(statusByCountries('SUSPENDED', [null])).toBe('SUSPENDED');
  });

  it('X11: confidential texts are unread: their disclosure is no change', () => {
    const raw = record();
    const disclosed = readCtis(record());
    const [endPoint] =
      raw.authorizedApplication.authorizedPartI.trialDetails.trialInformation.endPoint.primaryEndPoints;
    if (endPoint) endPoint.endPoint = 'Commercially confidential information';
    const secret = readCtis(raw);
    expect(secret.unread).toContain('outcomes');
    expect(compareTrials(secret, disclosed).changes).toEqual([]);
    expect(compareTrials(disclosed, secret).changes).toEqual([]);
  });

  it('X11: a new application renumbers and reverses everything and is no news', () => {
    const { changes, edits } = compareTrials(
      readCtisTrial({}, 0),
      readCtisTrial({ publishedOn: '2026-10-09' }, 1),
    );
    expect([changes, edits]).toEqual([[], []]);
  });

  it('C4: entities, spaces and decomposed letters are no change; titles in other languages are never compared', () => {
    const one = readCtisTrial({
      title: 'Children&apos;s asthma\u00a0study, caf\u0065\u0301',
      translatedTitle: 'Uno',
    });
    const other = readCtisTrial({ title: "Children's asthma study, café", translatedTitle: 'Dos' });
    expect(one.titles).toEqual([{ language: 'es', text: 'Uno' }]);
    expect(compareTrials(one, other).changes).toEqual([]);
  });
});

describe('EU numbers', () => {
  it('M4: are found in any spelling, with or without their last block; EudraCT numbers are others', () => {
    expect(findEuNumbers('see 2024 - 510663 – 34 - 00, 2022‑501142‑30 and EUCT2025-523726-40-01')).toEqual([
      '2024-510663-34-00',
      '2022-501142-30',
      '2025-523726-40-01',
    ]);
    expect(findEuNumbers('2019-001588-63 or 2018-A03282-53 or 12024-510663-34-00')).toEqual([]);
    expect(aliasesOf('2024-510663-34-00', 'none')).toEqual(['2024-510663-34']);
  });
});

describe.skipIf(!hasCtis)('104 rows of one illness (needs ../shared/data/ctis)', () => {
  it('X4: every row can be read; its status is that of a country', () => {
    const rows = [1, 2, 3].flatMap(
      (page) => (readCtisFile(`search/ms-2025-09-24.page${page}.json`) as { data: unknown[] }).data,
    );
    const trials = rows.map(readCtis);
    expect(trials.length).toBe(71);
    for (const trial of trials) expect(trial.countries.map(({ status }) => status)).toContain(trial.status);
    expect(
      trials.filter(({ phases, ageGroups, sex }) => !phases.length || !ageGroups.length || !sex),
    ).toEqual([]);
  });
});
