import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { sentenceFor } from '../../../src/core/wording/change-sentences.ts';
import { type CtisTrial, makeCtisRecord } from '../../../src/demo/ctis-trial.ts';
import { recordedDays, refreshDays, studiesByDay } from '../../../src/demo/days.ts';
import { euTrialId, euTrialsByDay } from '../../../src/demo/eu-trials.ts';
import { people } from '../../../src/demo/people.ts';
import { makeTrim } from '../../../src/demo/recorded-search.ts';
import { seedTrials } from '../../../src/demo/seed-trials.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { fields } from '../../../src/registries/ctgov/fields.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';
import { readRecordsOf } from '../../../src/registries/registry.ts';

const wording = createWording('en');
const trim = makeTrim(fields.join());

/** The trials of each recorded day, read as the adapter reads them. */
const days = recordedDays().map(({ studies }) =>
  studies.map((study) => {
    const record = readRecord(trim(study as Record<string, unknown>), fields);
    if (!record.ok) throw new Error(`${record.id}: ${record.reason}`);
    return record.trial;
  }),
);

function trialOn(day: number, id: string): Trial {
  const trial = days[day]?.find((one) => one.id === id);
  if (!trial) throw new Error(`${id} is not in the registry on day ${day}`);
  return trial;
}

/** The changes of a trial that are told between two days. */
function told(id: string, from: number): string[] {
  const { changes, after } = compareTrials(trialOn(from, id), trialOn(from + 1, id));
  return changes.map((change) => sentenceFor(wording, change, after));
}

describe('the recorded days of the demonstration', () => {
  it('are three, with the five seed trials and at least ten that cannot be mistaken for real ones', () => {
    expect(days.map((trials) => trials.length)).toEqual([15, 15, 17]);
    const ids = days[2]?.map(({ id }) => id) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    const seeds = seedTrials.map(({ id }) => id);
    expect(seeds).toHaveLength(5);
    const madeUp = ids.filter((id) => !seeds.includes(id));
    expect(madeUp.every((id) => /^NCT990000\d\d$/.test(id))).toBe(true);
    expect(madeUp.length).toBeGreaterThanOrEqual(10);
    expect(recordedDays().map(({ timestamp }) => timestamp.slice(0, 10))).toEqual([...refreshDays]);
  });

  it('say of the seed trials what is known of them, and leave out the rest', () => {
    const facts = seedTrials.map(({ id }) => trialOn(0, id));
    expect(
      facts.map(({ id, studyType, phases, status, enrollment, minimumAge, maximumAge, sponsor }) => [
        ...[id, studyType, phases, status === 'UNKNOWN' ? status : '-', enrollment?.count, enrollment?.type],
        ...[minimumAge, maximumAge, sponsor?.name ?? null],
      ]),
    ).toEqual([
      ['NCT07637929', 'OBSERVATIONAL', [], '-', 200, null, null, null, null],
      [
        ...['NCT02186860', 'INTERVENTIONAL', ['PHASE1'], 'UNKNOWN', 5, 'ESTIMATED', '18 Years', '65 Years'],
        'Affiliated Hospital to Academy of Military Medical Sciences',
      ],
      ['NCT04787263', 'INTERVENTIONAL', ['EARLY_PHASE1'], '-', 32, null, null, null, null],
      [
        ...['NCT04532203', 'INTERVENTIONAL', ['EARLY_PHASE1'], '-', 72, 'ESTIMATED', '3 Years', '75 Years'],
        'Zhejiang University',
      ],
      [
        ...[
          'NCT05164042',
          'INTERVENTIONAL',
          ['PHASE1', 'PHASE2'],
          'UNKNOWN',
          20,
          null,
          '14 Years',
          '70 Years',
        ],
        'Shenzhen University General Hospital',
      ],
    ]);
    expect(trialOn(0, 'NCT07637929').conditions).toEqual([
      'RELAPSED OR REFRACTORY B-CELL ACUTE LYMPHOBLASTIC LEUKEMIA (R/R B-ALL)',
    ]);
    expect(trialOn(0, 'NCT05164042')).toMatchObject({
      startDate: { date: '2021-02-05' },
      completionDate: { date: '2024-02-29' },
      lastUpdatePostedOn: '2021-12-20',
      sites: [{ city: 'Shenzhen', country: 'China' }],
    });
    expect(trialOn(0, 'NCT04787263').sites).toMatchObject([{ city: 'Roma', zip: '00165', country: 'Italy' }]);
  });

  it('tell nothing untrue of a trial that exists: between any two days none of them changes in meaning', () => {
    for (const { id } of seedTrials) expect([...told(id, 0), ...told(id, 1)], id).toEqual([]);
  });

  it('C3, C4, C5: one line for a whole trial, a slip with its size, and no alarm for sites with other names', () => {
    expect(told('NCT99000001', 0)).toEqual([
      'Now listed as recruiting. Before: not yet recruiting.',
      expect.stringMatching(/^12 sites /),
    ]);
    expect(told('NCT99000002', 0)).toEqual([expect.stringContaining('9 months later')]);
    expect(told('NCT99000012', 0)).toEqual([]);
    expect(told('NCT99000003', 1)[0]).toContain('Too few people joined');
  });

  it('move only what the refresh is about: a changed study has an update date of that day', () => {
    const [first = [], second = [], third = []] = studiesByDay();
    for (const [before, after, day] of [
      [first, second, refreshDays[1]],
      [second, third, refreshDays[2]],
    ] as const) {
      for (const study of after) {
        const was = before.find(({ id }) => id === study.id);
        if (JSON.stringify(was) !== JSON.stringify(study)) expect(study.updated, study.id).toBe(day);
      }
    }
  });
});

describe('the EU register of the demonstration', () => {
  it('has another record of one of the trials, in which a country opens', () => {
    const records = euTrialsByDay().flatMap(([trial]) =>
      readRecordsOf('ctis', makeCtisRecord(trial as CtisTrial)),
    );
    const [before, after] = records.map((record) => (record.ok ? record.trial : null));
    expect(before?.id).toBe(euTrialId);
    expect(trialOn(0, 'NCT99000001').title).toBe(before?.title);
    const changes = before && after ? compareTrials(before, after).changes : [];
    expect(changes.map(({ kind, country }) => [kind, country])).toContainEqual(['country-status', 'Italy']);
  });
});

describe('the people of the demonstration', () => {
  it('are at example.org, and follow trials of the first day', () => {
    for (const { email, wishes } of people) {
      expect(email).toMatch(/^[a-z]+@example\.org$/);
      for (const id of wishes.flatMap(({ trials }) => trials))
        if (id !== euTrialId) expect(trialOn(0, id).id).toBe(id);
    }
  });
});
