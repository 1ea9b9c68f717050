import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../support/program.ts';

const sample = (name: string) => join(import.meta.dirname, '../../fixtures/bounces', name);

describe('bounce --judge', () => {
  it('says offline what each file would be taken for, as one JSON value', async () => {
    const files = [sample('postfix-unknown-user.eml'), sample('postfix-blocklist.eml'), import.meta.filename];
    // Nothing of the environment is read: a faulty one does not matter.
    const ran = await runProgram(['bounce', '--judge', ...files, '--json'], { DATABASE_URL: 'nonsense' });
    const messageId = '<0123456789abcdef0123456789abcdef01234567@bell.example.org>';
    const reason = expect.stringMatching(/\.$/);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual([
      { file: files[0], kind: 'hard', reason, messageId },
      { file: files[1], kind: 'policy', reason, messageId },
      { file: files[2], kind: 'none', reason, messageId: null },
    ]);
  });

  it('names each file that cannot be read, and judges the others', async () => {
    const [hard, folder] = [sample('postfix-unknown-user.eml'), import.meta.dirname];
    const ran = await runProgram(['bounce', '--judge', '/nowhere/a.eml', hard, folder, '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ file: hard, kind: 'hard' }]);
    expect(ran.code).toBe(1);
    for (const file of ['/nowhere/a.eml', folder])
      expect(ran.stderr).toContain(`The message in ${file} cannot be read`);
  });
});
