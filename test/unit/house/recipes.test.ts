import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryIds } from '../../../src/core/registries.ts';

const root = join(import.meta.dirname, '../../..');
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'trialbell-recipes-'));
  for (const name of ['src', 'templates', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs code in the copied project, as a process of its own, and returns the JSON that it prints. */
function run(code: string): unknown {
  writeFileSync(join(copy, 'run.ts'), code);
  return JSON.parse(execFileSync(process.execPath, ['run.ts'], { cwd: copy, encoding: 'utf8' }));
}

/** Adds a line below the only line of a file that contains `marker`. */
function addBelow(file: string, marker: string, line: string): void {
  const lines = readFileSync(join(copy, file), 'utf8').split('\n');
  const found = lines.filter((one) => one.includes(marker));
  expect([file, found.length]).toEqual([file, 1]);
  const at = lines.indexOf(found[0] ?? '');
  writeFileSync(join(copy, file), lines.toSpliced(at + 1, 0, line).join('\n'));
}

describe('the recipes of CONTRIBUTING.md', () => {
  it('a language is a folder: its messages, dates, mails and names of illnesses are found', () => {
    const folder = join(copy, 'templates/messages/eo');
    mkdirSync(join(folder, 'conditions'), { recursive: true });
    writeFileSync(
      join(folder, 'mails.json'),
      JSON.stringify({ 'manage-mail.subject': 'Via ligilo', 'manage-mail.heading': 'Via ligilo' }),
    );
    writeFileSync(
      join(folder, 'conditions/names.json'),
      JSON.stringify([{ en: 'asthma', id: 'D001249', words: ['astmo'] }]),
    );
    const result = run(`
      import { readConfig } from './src/config.ts';
      import { englishFor, namesInLanguage } from './src/core/matching/foreign-words.ts';
      import { languages } from './src/languages.ts';
      import { createWording } from './src/mail/catalogue.ts';
      import { renderMail } from './src/mail/render.ts';
      const operator = { name: 'Bell', address: null, privacyContact: null };
      const mail = renderMail('link', { kind: 'manage', token: 'x' }, { language: 'eo', baseUrl: 'https://b.example', operator });
      console.log(JSON.stringify({
        languages,
        chosen: readConfig({ DEFAULT_LANGUAGE: 'eo' }).defaultLanguage,
        date: createWording('eo').date('2026-11-02'),
        subject: mail.subject,
        hasHeading: mail.html.includes('Via ligilo'),
        english: englishFor('astmo'),
        names: namesInLanguage('eo', 'D001249'),
      }));
    `);
    expect(result).toEqual({
      languages: ['en', 'eo', 'es'],
      chosen: 'eo',
      date: expect.stringMatching(/novembro/i),
      subject: 'Via ligilo',
      hasHeading: true,
      english: 'asthma',
      names: ['astmo'],
    });
  });

  it('a registry is a folder and an entry in two files: its variables, name and adapter are found', () => {
    mkdirSync(join(copy, 'src/registries/toy'));
    writeFileSync(
      join(copy, 'src/registries/toy/index.ts'),
      `
      import { registries } from '../../core/registries.ts';
      import type { Adapter, Registry } from '../adapter.ts';

      const readRecord: Adapter['readRecord'] = (raw) =>
        ({ ok: false, id: null, reason: 'a toy reads nothing', raw });

      export const toy: Adapter = {
        open: ({ url }): Registry => ({
          id: 'toy',
          name: registries.toy.name,
          projection: 1,
          fields: [],
          findId: (text) => /TOY-\\d+/.exec(text)?.[0] ?? null,
          recordUrl: registries.toy.recordUrl,
          dataVersion: async () => ({ timestamp: '2026-11-02T09:00:00', day: '2026-11-02' }),
          async *pages() {},
          trial: async () => null,
          readRecord,
        }),
        readRecord,
        findIds: (text) => text.match(/TOY-\\d+/g) ?? [],
      };
      `,
    );
    addBelow(
      'src/core/registries.ts',
      'export const registries = {',
      `  toy: { name: 'Toy Registry', shortName: 'Toy', exampleId: 'TOY-1', url: 'https://toy.example', paceMs: 50,
        recordUrl: (id) => 'https://toy.example/' + id, attribution: 'nlm', licence: 'https://toy.example/terms' },`,
    );
    const adapters = join(copy, 'src/registries/registry.ts');
    const line = /(?<=Record<RegistryId, Adapter>> = \{.*)(?= \};)/;
    const listed = readFileSync(adapters, 'utf8');
    expect(listed).toMatch(line);
    writeFileSync(adapters, `import { toy } from './toy/index.ts';\n${listed.replace(line, ', toy')}`);
    const result = run(`
      import { readConfig } from './src/config.ts';
      import { exampleIds, registryName } from './src/core/registries.ts';
      import { createWording } from './src/mail/catalogue.ts';
      import { openRegistries, readRecordsOf } from './src/registries/registry.ts';
      import { makeDocument } from './src/web/api/openapi.ts';
      import { sourceSentence } from './src/core/wording/sources.ts';
      const { registries } = readConfig({ TOY_PACE_MS: '0' });
      const opened = openRegistries(registries, { userAgent: 'test' });
      let fault = '';
      try { readConfig({ TOY_URL: 'ftp://toy' }); } catch (error) { fault = error.message; }
      console.log(JSON.stringify({
        ids: [...opened.keys()].sort(),
        settings: registries.toy,
        found: opened.get('toy').findId('see TOY-7'),
        record: readRecordsOf('toy', {})[0].reason,
        fault,
        source: sourceSentence(createWording('en'), {
          registry: 'toy', dataDay: '2026-11-02', readAt: '2026-11-02T12:00:00Z', timezone: 'UTC',
        }),
        document: JSON.stringify(makeDocument('https://b.example', '1')).includes(exampleIds),
        name: registryName('toy'),
      }));
    `);
    expect(result).toEqual({
      ids: [...registryIds, 'toy'].sort(),
      settings: { url: 'https://toy.example', paceMs: 0 },
      found: 'TOY-7',
      record: 'a toy reads nothing',
      fault: expect.stringMatching(/TOY_URL is not a valid http: or https: URL; for example https:\/\/toy/),
      source: expect.stringContaining('Toy Registry'),
      document: true,
      name: 'Toy Registry',
    });
  });
});
