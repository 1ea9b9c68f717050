import { expect, it } from 'vitest';
import { canRunMinimalDebian, runInMinimalDebian } from '../support/minimal-debian.ts';

it.runIf(canRunMinimalDebian)(
  'O8: a minimal Debian needs Node 20, npm and libatomic1, and says so where that is missing',
  async () => {
    // The last step of npm ci: without the library it has left out PostgreSQL, whose install script needs that Node.
    const without = await runInMinimalDebian(['npm', 'run', 'prepare']);
    expect(without.output).toContain('apt-get install libatomic1, then npm ci again');
    expect(without.code).toBe(1);
    const complete = await runInMinimalDebian(['npm', 'run', 'demo'], { packages: ['libatomic1'] });
    expect(complete.output).toContain('7 emails about changes were written.');
    expect(complete.code).toBe(0);
  },
);
