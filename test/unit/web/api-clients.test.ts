import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { document } from '../../support/api.ts';
import { makeTypes, writeOrvalClient } from '../../support/api-clients.ts';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

describe('clients that other programs generate from the OpenAPI document', () => {
  it('read each kind of change in its own type, with openapi-typescript and orval', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trialbell-clients-'));
    try {
      await cp(join(root, 'test/fixtures/api-clients'), folder, { recursive: true });
      const generated = join(folder, 'generated');
      await mkdir(generated);
      await writeFile(join(generated, 'openapi-typescript.ts'), await makeTypes(document));
      await writeOrvalClient(document, generated);
      expect(await findTypeFaults(folder)).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** What the compiler finds in a folder, for a program that runs anywhere. */
async function findTypeFaults(folder: string): Promise<string> {
  const compilerOptions = {
    ...{ target: 'ESNext', module: 'preserve', lib: ['ESNext', 'DOM', 'DOM.Iterable'], types: [] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ noEmit: true, allowImportingTsExtensions: true },
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
  const compiler = join(root, 'node_modules/.bin/tsc');
  return run(compiler, ['--project', folder]).then(
    () => '',
    ({ stdout, message }: { stdout: string; message: string }) => stdout || message,
  );
}
