import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { siteStatuses, trialStatuses } from '../../../src/core/trial.ts';
import * as codes from '../../../src/registries/ctgov/codes.ts';
import { fields } from '../../../src/registries/ctgov/fields.ts';
import { type LooseStudy, mustRead } from '../../support/ctgov-study.ts';

const data = resolve(import.meta.dirname, '../../../../shared/data/ctgov');
const absent = !existsSync(data);
const where = absent ? ' (left out: the recorded data are not beside this project)' : '';
const readJson = (file: string): LooseStudy => JSON.parse(readFileSync(file, 'utf8'));

describe(`recorded records${where}`, () => {
  it.skipIf(absent)('every record and every version is read, each site and condition with it', () => {
    const files = [...globSync(join(data, 'records/*.json')), ...globSync(join(data, 'versions/*/*.json'))];
    expect(files.length).toBeGreaterThanOrEqual(290 + 21);
    for (const file of files) {
      const raw = readJson(file);
      const { trial, contacts } = mustRead(raw);
      const section = raw.protocolSection;
      expect(trial.status, file).toBe(section.statusModule.overallStatus);
      expect(trial.sites, file).toHaveLength(section.contactsLocationsModule?.locations?.length ?? 0);
      expect(trial.conditions, file).toHaveLength(section.conditionsModule.conditions.length);
      expect(trial.unread, file).toEqual([]);
      expect(trial.resultsHash === null, file).toBe(raw.resultsSection === undefined);
      for (const { email } of contacts) {
        if (email !== null)
          expect(JSON.stringify({ ...trial, criteria: '', description: '', summary: '' })).not.toContain(
            `"${email}"`,
          );
      }
    }
  });

  it.skipIf(absent)(
    'MeSH ids without their padding stand for one heading each, and each heading has one',
    () => {
      const terms = new Map<string, Set<string>>();
      const ids = new Map<string, Set<string>>();
      for (const file of globSync(join(data, 'records/*.json'))) {
        const { meshes, ancestors } = mustRead(readJson(file)).trial;
        for (const { id, term } of [...meshes, ...ancestors]) {
          terms.set(id, (terms.get(id) ?? new Set()).add(term));
          ids.set(term, (ids.get(term) ?? new Set()).add(id));
        }
      }
      expect([...terms].filter(([, of]) => of.size > 1)).toEqual([]);
      expect([...ids].filter(([, of]) => of.size > 1)).toEqual([]);
    },
  );

  it.skipIf(absent)('results under review come and go with the submission tracking (NCT04457778)', () => {
    const days = ['2026-02-03', '2026-02-11', '2026-03-04'];
    const read = days.map((day) => mustRead(readJson(join(data, `versions/NCT04457778/${day}.json`))).trial);
    expect(read.map((trial) => trial.resultsSubmittedOn)).toEqual(['2026-01-23', null, '2026-03-02']);
  });

  it.skipIf(absent)('C14: UNKNOWN by the calendar keeps the last known status (NCT05294952)', () => {
    const days = ['2026-02-03', '2026-03-03'];
    const read = days.map((day) => mustRead(readJson(join(data, `versions/NCT05294952/${day}.json`))).trial);
    expect(read.map(({ status, lastKnownStatus }) => [status, lastKnownStatus])).toEqual([
      ['NOT_YET_RECRUITING', null],
      ['UNKNOWN', 'NOT_YET_RECRUITING'],
    ]);
    expect(read[0]?.lastUpdatePostedOn).toBe(read[1]?.lastUpdatePostedOn);
  });

  it.skipIf(absent)('C11: an obsolete id is among the aliases of the record it leads to', () => {
    const record = readJson(join(data, 'answers/alias_NCT07048704_followed_to_NCT07280598.trimmed.json'));
    // The recorded answer was cut: only these two modules of it are whole.
    const asked = ['protocolSection.identificationModule', 'protocolSection.statusModule'];
    expect(mustRead(record, asked).trial).toMatchObject({
      id: 'NCT07280598',
      aliases: ['NCT07048704'],
    });
  });
});

describe(`the registry’s own description${where}`, () => {
  const schemas = (): LooseStudy =>
    parse(readFileSync(join(data, 'openapi.yaml'), 'utf8')).components.schemas;
  const follow = (all: LooseStudy, schema: LooseStudy): LooseStudy => {
    const inner = schema?.items ?? schema;
    return inner?.$ref ? follow(all, all[inner.$ref.split('/').at(-1)]) : inner;
  };

  it.skipIf(absent)('knows every piece that is asked for', () => {
    const all = schemas();
    for (const path of fields) {
      let schema = all.Study;
      for (const name of path.split('.')) schema = follow(all, schema.properties[name]);
      expect(schema, path).toBeDefined();
    }
  });

  it.skipIf(absent)('C9: has exactly the codes that are known here', () => {
    const all = schemas();
    const pairs: [string, readonly string[]][] = [
      ['Status', trialStatuses],
      ['RecruitmentStatus', siteStatuses],
      ['DateType', codes.dateTypes],
      ['EnrollmentType', codes.dateTypes],
      ['Phase', codes.phaseCodes],
      ['StudyType', codes.studyTypeCodes],
      ['Sex', codes.sexCodes],
      ['AgencyClass', codes.agencyClasses],
      ['DesignAllocation', codes.allocations],
      ['InterventionalAssignment', codes.interventionModels],
      ['PrimaryPurpose', codes.primaryPurposes],
      ['ObservationalModel', codes.observationalModels],
      ['DesignTimePerspective', codes.timePerspectives],
      ['DesignMasking', codes.maskings],
      ['ArmGroupType', codes.armTypes],
      ['InterventionType', codes.interventionTypes],
      ['SecondaryIdType', codes.secondaryIdTypes],
      ['ContactRole', codes.contactRoles],
      ['UnpostedEventType', codes.unpostedEventTypes],
      ['ReferenceType', codes.referenceTypes],
      ['IpdSharing', codes.sharingPlans],
      ['IpdSharingInfoType', codes.sharedKinds],
      ['ViolationEventType', codes.violationTypes],
    ];
    for (const [name, known] of pairs) expect([...all[name].enum].sort(), name).toEqual([...known].sort());
    expect(codes.contactRoles).toEqual(expect.arrayContaining(all.OfficialRole.enum));
  });
});
