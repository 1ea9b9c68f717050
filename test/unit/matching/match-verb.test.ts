import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../src/cli.ts';
import { makeDataDir } from '../../support/program.ts';
import { type StudyParts, study } from '../../support/study.ts';

const folder = makeDataDir();
afterAll(() => folder.remove());
const write = (name: string, content: string | Buffer) => {
  const file = join(folder.path, name);
  writeFileSync(file, content);
  return file;
};

/** Runs the verb in this process. */
async function run(...args: string[]) {
  let [stdout, stderr] = ['', ''];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  process.exitCode = 0;
  await main(['match', ...args]);
  out.mockRestore();
  err.mockRestore();
  const code = process.exitCode;
  process.exitCode = 0;
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as { matches: { id: string }[] } };
}

/** A record that speaks of nothing but what is given. */
function record(id: string, parts: StudyParts & { title: string }) {
  const raw = study(id, { ...parts, summary: 'A study.' });
  const { protocolSection: protocol } = raw;
  protocol.identificationModule.officialTitle = parts.title;
  protocol.descriptionModule.detailedDescription = '';
  protocol.armsInterventionsModule.armGroups = [];
  return raw;
}

const asthma = record('NCT09900001', { conditions: ['Severe Asthma'], title: 'Exampline' });
const gout = record('NCT09900002', { conditions: ['Gout'], title: 'Exampline in gout' });
const basket = record('NCT09900003', {
  conditions: ['Advanced Solid Tumors'],
  title: 'Exampline in tumors',
  criteria: 'Inclusion Criteria:\n* Unresectable melanoma or NSCLC\n\nExclusion Criteria:\n* Mesothelioma',
});
const weak = record('NCT09900004', {
  conditions: ['Allergic asthma'],
  title: 'Exampline in allergy',
  keywords: ['IgE'],
  meshes: [{ id: 'C562694', term: 'Epilepsy, Idiopathic Generalized' }],
});
const all = [asthma, gout, basket, weak];
const lines = `${all.map((one) => JSON.stringify(one)).join('\n')}\n`;

describe('match', () => {
  beforeEach(() => vi.restoreAllMocks());

  it('reads one record, a list, a page of answers, lines, and each gzipped: the same', async () => {
    const files = [
      [write('list.json', JSON.stringify(all, null, 2))],
      [write('page.json', JSON.stringify({ studies: all }))],
      [write('lines.ndjson', lines)],
      [write('lines.ndjson.gz', gzipSync(lines))],
      [write('list.gz', gzipSync(JSON.stringify(all, null, 1)))],
      all.map((one, at) => write(`one-${at}.json`, JSON.stringify(one, null, 2))),
    ];
    for (const given of files) {
      const { code, stderr, json } = await run('asthma', ...given, '--json');
      expect([given[0], code, stderr]).toEqual([given[0], 0, '']);
      expect(json().matches.map(({ id }) => id)).toEqual(['NCT09900001', 'NCT09900004']);
    }
  });

  it('says how it understood the text, why each record matches, and which matches rest on a weak code', async () => {
    const file = write('lines.ndjson', lines);
    expect((await run('melanoma', file, '--json')).json()).toEqual({
      understood: expect.objectContaining({ kind: 'condition', words: 'melanoma', conceptId: 'D008545' }),
      matches: [{ id: 'NCT09900003', why: { by: 'admitted', words: expect.stringMatching(/^melanoma$/i) } }],
      weak: [],
    });
    expect((await run('mesothelioma', file, '--json')).json().matches).toEqual([]);
    expect((await run('Epilepsy, Idiopathic Generalized', file, '--json')).json()).toMatchObject({
      matches: [],
      weak: [{ id: 'NCT09900004' }],
    });
    expect((await run('nct 09900002, please', file, '--json')).json()).toMatchObject({
      understood: { kind: 'trial', ids: ['NCT09900002'] },
      matches: [{ id: 'NCT09900002', why: { by: 'trial' } }],
    });
    const { stdout } = await run('NSCLC', file);
    expect(stdout).toContain('NCT09900003  “NSCLC” is named among those who may take part');
    expect(stdout).toContain('1 record matches.');
  });

  it('words no list knows are those of the records themselves', async () => {
    const rare = record('NCT09900005', { conditions: ['Nagana fever'], title: 'Exampline' });
    const file = write('rare.json', JSON.stringify(rare));
    expect((await run('nagana fever', file, '--json')).json()).toMatchObject({
      matches: [{ id: 'NCT09900005', why: { by: 'phrase', words: 'nagana fever' } }],
    });
    expect((await run('MS', file, '--json')).json()).toMatchObject({
      understood: { kind: 'choose', matchedAs: 'Multiple Sclerosis' },
      matches: [],
    });
  });

  it('leaves out a record that cannot be trusted, saying which and why; the others are answered', async () => {
    const file = write(
      'mixed.ndjson',
      `${JSON.stringify({ protocolSection: {} })}\n${JSON.stringify(asthma)}\n`,
    );
    const { code, stderr, json } = await run('asthma', file, '--json');
    expect([code, json().matches.length]).toEqual([0, 1]);
    expect(stderr).toMatch(/mixed\.ndjson, record 1: left out/);
  });

  it.each([
    ['no such file', () => '/nowhere/at-all.json', /There is no file \/nowhere\/at-all\.json/, 1],
    [
      'XML',
      () => write('one.xml', '<?xml version="1.0"?><trial/>'),
      /one\.xml is XML\. Records of ClinicalTrials\.gov are JSON/,
      1,
    ],
    ['text', () => write('one.txt', 'hello\nthere'), /one\.txt is neither JSON nor/, 1],
    [
      'a broken line',
      () => write('cut.ndjson', `${JSON.stringify(asthma)}\n{"a":`),
      /cut\.ndjson, line 2/,
      1,
    ],
    ['nothing', () => write('empty.json', ' \n'), /empty\.json holds no record/, 1],
    ['half a gzip', () => write('half.gz', gzipSync(lines).subarray(0, 60)), /half\.gz cannot be read/, 1],
  ])('%s is a sentence that names the file', async (_what, file, words, exit) => {
    const { code, stdout, stderr } = await run('asthma', file(), '--json');
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(words);
  });
});
