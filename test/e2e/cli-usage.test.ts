import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expectSentence, makeDataDir, runProgram } from '../support/program.ts';
import { study } from '../support/study.ts';

const folder = makeDataDir();
afterAll(() => folder.remove());

describe('help and usage', () => {
  const verbs = [
    'start',
    'worker',
    'web',
    'demo',
    'migrate',
    'once',
    'import',
    'runs',
    'backup',
    'restore',
    'rekey',
    'bounce',
    'lists',
    'suppressions',
    'subscribe',
    'diff',
    'match',
    'preview',
    'why',
    'api-key',
    'webhook',
    'ready',
    'doctor',
  ];

  it('every verb has help, and needs nothing for it', async () => {
    const ran = await Promise.all(verbs.map((verb) => runProgram([verb, '--help'], {})));
    for (const [at, { code, stdout, stderr }] of ran.entries()) {
      expect([verbs[at], code, stderr]).toEqual([verbs[at], 0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: trialbell ${verbs[at]}`));
    }
    const all = await runProgram(['--help']);
    for (const verb of verbs) expect(all.stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
  });

  it('wrong usage is 2, in a sentence, and touches nothing', async () => {
    const cases: [string[], RegExp][] = [
      [['nonsense'], /no verb "nonsense"/],
      [['once', '--nonsense'], /unknown option '--nonsense'/],
      [['once', 'extra'], /too many arguments/],
      [['once', '--as-of', 'yesterday'], /an instant in ISO 8601/],
      [['once', '--as-of', '2026-11-02T12:00:00'], /an instant in ISO 8601/],
      [['worker', 'nonsense'], /no worker "nonsense".*poll, plan, send, requests, webhooks, bounces, sweep/],
      [['import'], /Say what to import/],
      [['import', '--all', '--trial', 'NCT09900001'], /Say what to import/],
      [['import', '--trial', 'NCT1'], /"NCT1" is not a trial number/],
      [['subscribe'], /missing required argument 'EMAIL'/],
      [['subscribe', 'ann@example.net'], /Say what to follow/],
      [['subscribe', 'ann', '--trial', 'NCT09900001'], /"ann" is not an email address/],
      [['subscribe', 'a@b.example', '--trial', 'NCT09900001', '--confirmed'], /--confirmed needs --consent/],
      [['subscribe', 'a@b.example', '--trial', 'NCT09900001', '--hour', '24'], /an hour from 0 to 23/],
      [['subscribe', 'a@b.example', '--trial', 'NCT09900001', '--timezone', 'Mars'], /an IANA time zone/],
      [['subscribe', 'a@b.example', '--trial', 'NCT09900001', '--frequency', 'hourly'], /daily, weekly/],
      [['subscribe', 'a@b.example', '--trial', 'NCT09900001', '--changes', 'gossip'], /no facet "gossip"/],
      [['subscribe', 'a@b.example', '--condition', ' '], /Say what to follow/],
      [['suppressions', 'ann'], /'ann' is invalid for argument 'EMAIL'. Expected an e-mail address/],
      [['suppressions', '--lift', 'ann', '--reason', 'asked'], /Expected an e-mail address/],
      [['lists', '--remove', 'x', '--reason', 'harm'], /"x" is not the number of a list/],
      [['lists', '--remove', '1'], /--remove needs --reason/],
      [['lists', '--stop-report', '0', '--reason', 'harm'], /"0" is not the number of a report/],
      [['lists', '--stop-report', '1'], /--stop-report needs --reason/],
      [['lists', '--remove', '1', '--stop-report', '1', '--reason', 'x'], /not both/],
      [['why', 'ann', 'NCT09900001'], /Expected an e-mail address/],
      [['backup'], /missing required argument 'FILE'/],
      [['restore'], /missing required argument 'FILE'/],
      [['diff', 'one.json'], /missing required argument 'NEW'/],
      [['match', 'asthma'], /missing required argument 'FILES'/],
      [['match', ' ', 'one.json'], /Say what to match/],
    ];
    const ran = await Promise.all(cases.map(([args]) => runProgram(args, { DATA_DIR: folder.path })));
    expect(readdirSync(folder.path)).toEqual([]);
    for (const [at, [args, words]] of cases.entries()) {
      const one = ran[at];
      expect([args, one?.code]).toEqual([args, 2]);
      if (one) expectSentence(one, 2, words);
    }
  });
});

describe('diff', () => {
  const write = (name: string, value: unknown) => {
    const file = join(folder.path, name);
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };

  it('says what changed, offline, as sentences, as JSON, and with everything explained', async () => {
    const older = write('old.json', study('NCT09900001', { updatedOn: '2026-11-02' }));
    const newer = write(
      'new.json',
      study('NCT09900001', { updatedOn: '2026-11-03', status: 'SUSPENDED', whyStopped: 'Drug supply' }),
    );
    const [words, json, explained, none] = await Promise.all([
      runProgram(['diff', older, newer]),
      runProgram(['diff', older, newer, '--json']),
      runProgram(['diff', older, newer, '--json', '--explain']),
      runProgram(['diff', older, older, '--json']),
    ]);
    expect(words).toMatchObject({ code: 0, stdout: expect.stringContaining('Drug supply') });
    expect(JSON.parse(json.stdout)[0]).toMatchObject({
      facet: 'status',
      kind: 'status',
      before: 'RECRUITING',
      after: 'SUSPENDED',
      whyStopped: 'Drug supply',
      sentence: expect.stringContaining('Drug supply'),
    });
    expect(JSON.parse(explained.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'status', fate: 'told', reason: expect.any(String) }),
        expect.objectContaining({ field: 'whyStopped', fate: 'folded', reason: expect.any(String) }),
      ]),
    );
    expect(none).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  it('refuses swapped files, two different trials, and files that are not records', async () => {
    const older = write('old.json', study('NCT09900001', { updatedOn: '2026-11-02' }));
    const newer = write('new.json', study('NCT09900001', { updatedOn: '2026-11-03' }));
    const other = write('other.json', study('NCT09900002', { updatedOn: '2026-11-03' }));
    const cases: [string[], RegExp][] = [
      [[newer, older], /seem swapped/],
      [[older, other], /two different trials/],
      [[older, write('text.json', 'not JSON')], /text.json is neither JSON nor/],
      [[older, write('thin.json', { protocolSection: {} })], /thin.json is not a registry record/],
      [[older, join(folder.path, 'absent.json')], /no file .*absent.json/],
      [[older, newer, '--registry', 'nowhere'], /nowhere/],
      [[older, newer, '--read-on', '2026-11-31,2026-12-01'], /--read-on needs the day of OLD/],
    ];
    const ran = await Promise.all(cases.map(([args]) => runProgram(['diff', ...args])));
    for (const [at, [args, words]] of cases.entries()) {
      const one = ran[at];
      expect([args, one?.code]).toEqual([
        args,
        args.some((arg) => arg === 'nowhere' || arg === '--read-on') ? 2 : 1,
      ]);
      if (one) expectSentence(one, one.code ?? -1, words);
    }
  });
});
