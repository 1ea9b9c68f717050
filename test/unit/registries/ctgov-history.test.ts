import { describe, expect, it } from 'vitest';
import { stepsOf } from '../../../src/core/diff/history.ts';
import type { PartialDate } from '../../../src/core/trial.ts';
import { readHistory } from '../../../src/registries/ctgov/history.ts';
import { type MadeVersion, madeAnswers } from '../../support/ctgov-history.ts';

const id = 'NCT09900001';
const base = 'https://clinicaltrials.example/api/v2';
const limits = { before: '2026-11-02', requests: 500 };
const month = (date: string, type: PartialDate['type'] = 'ESTIMATED'): PartialDate => ({
  date,
  precision: 'month',
  type,
});

const made: MadeVersion[] = [
  { date: '2024-01-10', status: 'NOT_YET_RECRUITING', dates: { startDate: month('2024-03') } },
  { date: '2024-02-20', status: 'NOT_YET_RECRUITING', labels: ['Contacts/Locations'] },
  { date: '2024-04-02', status: 'RECRUITING', dates: { startDate: month('2024-03', 'ACTUAL') } },
  { date: '2026-11-02', status: 'COMPLETED', dates: { startDate: month('2024-03', 'ACTUAL') } },
];

/** Reads the history from these answers. */
async function read(answers: Map<string, unknown>, over: Partial<typeof limits> = {}, status = 200) {
  const asked: string[] = [];
  const get = async (url: string | URL) => {
    const path = String(url).replace('https://clinicaltrials.example', '');
    asked.push(path);
    const answer = answers.get(path);
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const body = { bytes: Buffer.from(text ?? ''), text: text ?? '' };
    return { status: answer === undefined ? 404 : status, headers: new Headers(), ...body };
  };
  return { asked, history: await readHistory({ get }, base, id, { ...limits, ...over }) };
}

describe("C17: the registry's own history, from made-up answers in the form of recorded ones", () => {
  it('gives status and dates of each version before a day, and asks only for versions that can have other dates', async () => {
    const { asked, history } = await read(madeAnswers(id, made));
    const none = { primaryCompletionDate: null, completionDate: null };
    const early = { startDate: month('2024-03'), ...none };
    expect(history).toEqual({
      kind: 'read',
      requests: 3,
      versions: [
        { day: '2024-01-10', status: 'NOT_YET_RECRUITING', dates: early },
        { day: '2024-02-20', status: 'NOT_YET_RECRUITING', dates: early },
        {
          day: '2024-04-02',
          status: 'RECRUITING',
          dates: { startDate: month('2024-03', 'ACTUAL'), ...none },
        },
      ],
    });
    expect(asked).toEqual(
      ['?history=true', '/history/0', '/history/2'].map((rest) => `/api/int/studies/${id}${rest}`),
    );
  });

  it('of a record with very many versions takes the statuses alone, and asks once', async () => {
    const many = Array.from(
      { length: 90 },
      (): MadeVersion => ({ date: '2025-01-01', status: 'RECRUITING' }),
    );
    const { asked, history } = await read(madeAnswers(id, many));
    expect(asked).toHaveLength(1);
    expect(history).toMatchObject({ kind: 'read', versions: Array(90).fill({ dates: null }) });
    expect(stepsOf(history.kind === 'read' ? history.versions : [])).toHaveLength(1);
  });

  it('is put off where it takes more requests than are left', async () => {
    const { asked, history } = await read(madeAnswers(id, made), { requests: 2 });
    expect([asked.length, history]).toEqual([1, { kind: 'later', requests: 1 }]);
  });

  const index = `/api/int/studies/${id}?history=true`;
  const version = `/api/int/studies/${id}/history/2`;
  // biome-ignore lint/suspicious/noExplicitAny: hostile answers have every form that a type forbids
  const broken: [string, string, (answer: any) => unknown][] = [
    ['no JSON', index, () => '<html>Maintenance</html>'],
    ['a list', index, () => []],
    ['null', index, () => null],
    ['no history', index, ({ history, ...rest }) => rest],
    ['no versions', index, (answer) => ({ ...answer, history: { changes: [] } })],
    ['changes at the top, as another address gives them', index, ({ history }) => history],
    ['the history of another trial', index, (answer) => rename(answer, 'NCT09900002')],
    ['versions out of order', index, (answer) => alter(answer, (changes) => changes.reverse())],
    ['a missing version', index, (answer) => alter(answer, (changes) => changes.splice(1, 1))],
    ['an unknown status', index, (answer) => alter(answer, ([one]) => Object.assign(one, { status: '<b>' }))],
    [
      'a day that is none',
      index,
      (answer) => alter(answer, ([one]) => Object.assign(one, { date: '2024-02-30' })),
    ],
    [
      'a day without its month',
      index,
      (answer) => alter(answer, ([one]) => Object.assign(one, { date: '2024' })),
    ],
    ['no labels', index, (answer) => alter(answer, ([one]) => Object.assign(one, { moduleLabels: 'all' }))],
    ['a version of another trial', version, (answer) => rename(answer, 'NCT09900002')],
    ['another version', version, (answer) => ({ ...answer, studyVersion: 3 })],
    ['a version without its status module', version, ({ studyVersion }) => ({ studyVersion, study: {} })],
    ['a version that is gone', version, () => undefined],
    ['a date that is none', version, (answer) => misdate(answer)],
  ];

  // biome-ignore lint/suspicious/noExplicitAny: as above
  const alter = (answer: any, act: (changes: any[]) => unknown) => {
    act(answer.history.changes);
    return answer;
  };
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const rename = (answer: any, nctId: string) => {
    answer.study.protocolSection.identificationModule.nctId = nctId;
    return answer;
  };
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const misdate = (answer: any) => {
    answer.study.protocolSection.statusModule.startDateStruct = { date: '2024-13', type: 'ACTUAL' };
    return answer;
  };

  it.each(broken)('takes nothing from %s, and says why', async (_what, path, act) => {
    const answers = madeAnswers(id, made);
    answers.set(path, act(structuredClone(answers.get(path))));
    const { history } = await read(answers);
    expect(history).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/\S/) });
  });
});

describe('the steps of a history', () => {
  it('are what the first version said and what changed after it, newest first', async () => {
    const { history } = await read(madeAnswers(id, made));
    const steps = stepsOf(history.kind === 'read' ? history.versions : []);
    const short = steps.map(({ day, isFirst, changes }) => [day, isFirst, changes.map(({ kind }) => kind)]);
    expect(short).toEqual([
      ['2024-04-02', false, ['status', 'start-date']],
      ['2024-01-10', true, ['status', 'start-date']],
    ]);
    expect(stepsOf([])).toEqual([]);
  });
});
