import { describe, expect, it } from 'vitest';
import { isrctn } from '../../../src/registries/isrctn/index.ts';
import { isrctnTrial, readIsrctn } from '../../support/isrctn-trial.ts';
import { isrctnAnswer, makeIsrctn } from '../../support/isrctn-xml.ts';

describe('a record of the ISRCTN registry', () => {
  it('becomes a trial in our terms', () => {
    const trial = isrctnTrial({ ages: { lower: ['18.0', 'Years'], upper: ['29.0', 'Weeks'] } });
    expect(trial).toMatchObject({
      registry: 'isrctn',
      id: 'ISRCTN90000001',
      title: 'Walking after a hip fracture',
      status: 'RECRUITING',
      statusBasis: 'dates',
      registryStatus: null,
      firstPostedOn: '2026-01-02',
      lastUpdatePostedOn: '2026-11-01',
      startDate: { date: '2026-01-15', precision: 'day', type: null },
      recruitmentEnd: { date: '2026-11-30', precision: 'day', type: 'ESTIMATED' },
      completionDate: { date: '2027-06-30', precision: 'day', type: 'ESTIMATED' },
      minimumAge: '18 Years',
      maximumAge: '29 Weeks',
      sex: 'ALL',
      studyType: 'INTERVENTIONAL',
      allocation: 'RANDOMIZED',
      primaryPurpose: 'TREATMENT',
      phases: ['NA'],
      conditions: ['Hip fracture'],
      sponsor: { name: 'University of Example', class: null },
      collaborators: [{ name: 'Example Trust', class: null }],
      enrollment: { count: 120, type: 'ESTIMATED' },
      resultsState: 'none',
      countries: [{ code: 'GB', name: 'United Kingdom', status: null, listedAs: null }],
      sites: [
        {
          facility: 'Riverside Hospital',
          city: 'Leeds',
          state: 'England',
          country: 'United Kingdom',
          zip: '',
        },
      ],
    });
    expect(trial.criteria).toBe(
      'Inclusion criteria:\n\n1. A broken hip\n2. Aged 60 years or over\n\nExclusion criteria:\n\n1. Cannot walk',
    );
  });

  it('is read the same again from what is stored of it', () => {
    const record = readIsrctn();
    expect(isrctn.readRecord(record.raw, [])).toEqual(record);
  });

  it('is read from a file of XML, and from JSON in which a list of one is no list', () => {
    const xml = isrctn.readRecord(isrctn.parse?.(isrctnAnswer([makeIsrctn()])), null);
    expect(xml).toMatchObject({ ok: true, trial: { id: 'ISRCTN90000001' } });
    const json = {
      isrctn: '90000001',
      trialDescription: { title: 'A title', acronym: [], plainEnglishSummary: {} },
      participants: {
        recruitmentCountries: { country: 'Ireland' },
        trialCentres: { trialCentre: { name: 'Cork University Hospital', city: 'Cork', country: 'Ireland' } },
        recruitmentStart: '2026-01-15T00:00:00.000Z',
        ageRange: 'Neonate',
      },
    };
    const record = isrctn.readRecord(isrctn.parse?.(JSON.stringify(json)), null);
    expect(record).toMatchObject({
      trial: {
        sites: [{ facility: 'Cork University Hospital', country: 'Ireland' }],
        countries: [{ code: 'IE' }],
        ageGroups: [{ from: 0, to: 0 }],
        unread: expect.arrayContaining(['sponsor', 'minimumAge', 'resultsState']),
      },
    });
  });

  it('what says that there is nothing is nothing everywhere; "None" is an answer to what excludes people', () => {
    for (const word of [
      'N/A',
      'Nil known',
      'Not provided at time of registration',
      'TBC',
      'Not yet known.',
      '-',
    ]) {
      const trial = isrctnTrial({ summary: word, centres: [`${word} | Leeds | England`], inclusion: word });
      expect(trial).toMatchObject({ summary: '', sites: [] });
      expect(trial.criteria).not.toContain('Inclusion');
    }
    expect(isrctnTrial({ inclusion: 'None' }).criteria).toContain('None');
  });

  it('a street and "58 other sites" are no sites', () => {
    const centres = [
      'Calwerstrasse 7 | Tuebingen | Germany',
      'Av. Coyoacan 1868 - 202 | Mexico City | Mexico',
      '58 other sites | London | United Kingdom',
      'Multiple hospitals | London | United Kingdom',
      '- | Leeds | England',
      'St James Street 3 Surgery | Bath | England',
      '3 Counties Medical School | Worcester | England',
    ];
    const { sites } = isrctnTrial({ centres });
    expect(sites.map(({ facility }) => facility).sort()).toEqual([
      '3 Counties Medical School',
      'St James Street 3 Surgery',
    ]);
  });

  it('its other numbers are given once, and placeholders are none', () => {
    const refs = [
      '<eudraCTNumber>2020-005891-36</eudraCTNumber><irasNumber>298897</irasNumber>',
      '<clinicalTrialsGovNumber>Nil known</clinicalTrialsGovNumber>',
      '<protocolSerialNumber>CPMS: 49816, CRUKD/22/002, ISRCTN12345678</protocolSerialNumber><secondaryNumbers>',
      '<secondaryNumber numberType="nct">NCT05057013</secondaryNumber>',
      '<secondaryNumber numberType="nct">NCT00000000</secondaryNumber>',
      '<secondaryNumber numberType="ctis">2020-005891-36-00</secondaryNumber>',
      '<secondaryNumber numberType="ctis">2023-501234-12-00</secondaryNumber>',
      '<secondaryNumber numberType="iras">298897</secondaryNumber>',
      '<secondaryNumber numberType="Protocol serial number">N/A</secondaryNumber></secondaryNumbers>',
    ].join('');
    expect(isrctnTrial({ refs }).secondaryIds).toEqual([
      { id: '2020-005891-36', type: 'EUDRACT_NUMBER' },
      { id: '2023-501234-12', type: 'CTIS' },
      { id: 'CPMS 49816', type: 'OTHER' },
      { id: 'CRUKD/22/002', type: 'SPONSOR' },
      { id: 'IRAS 298897', type: 'OTHER' },
      { id: 'NCT05057013', type: 'REGISTRY' },
    ]);
  });

  it('publications with results are papers, also when their line breaks are lost', () => {
    const publications =
      '2018 Protocol article in https://www.ncbi.nlm.nih.gov/pubmed/30524749 protocol2022 Results article in https://pubmed.ncbi.nlm.nih.gov/36385642/ (added 18/11/2022)2023 Abstract results in http://doi.org/10.1016/j.x.2023.09.1873 (added 30/09/2026)';
    expect(isrctnTrial({ publications, stage: 'Protocol' })).toMatchObject({
      resultsState: 'posted',
      papers: [
        { pmid: null, citation: 'Abstract results, 2023: https://doi.org/10.1016/j.x.2023.09.1873' },
        { pmid: '36385642', citation: 'Results article, 2022: https://pubmed.ncbi.nlm.nih.gov/36385642' },
      ],
    });
    expect(isrctnTrial({ final: '87' }).enrollment).toEqual({ count: 87, type: 'ACTUAL' });
  });

  it.each([
    ['Stopped', 'TERMINATED'],
    ['Suspended', 'SUSPENDED'],
  ])('C9: the word %s stands above the dates', (override, status) => {
    const trial = isrctnTrial({ override, reason: 'Too few participants' }, '2026-01-01');
    expect(trial).toMatchObject({ status, statusBasis: 'stated', registryStatus: override });
    expect(trial.whyStopped).toBe('Too few participants');
  });

  it.each([
    ['an unknown word', { override: 'Paused' }, /the word "Paused" is not known/],
    ['a day that does not exist', { end: '2026-02-30' }, /recruitment end: "2026-02-30" is not a date/],
    ['no date and no status', { start: null, end: null }, /neither a status nor dates/],
    ['no number', { digits: '123' }, /no ISRCTN number/],
    ['a placeholder for a number', { digits: '12345678' }, /no ISRCTN number/],
  ])('C9: a record with %s is set aside, never guessed', (_, fields, reason) => {
    expect(readIsrctn(fields)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('M4: its number is found in what people type', () => {
    const typed = 'isrctn 1537 6843, 10.1186/ISRCTN62918594; ISRCTN:90000001 ISRCTN99999999 ISRCTN123456789';
    expect(isrctn.findIds(typed)).toEqual(['ISRCTN15376843', 'ISRCTN62918594', 'ISRCTN90000001']);
  });
});
