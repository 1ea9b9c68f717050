import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bounce, readBounce } from '../../../src/mail/bounces/bounce.ts';

const folder = resolve(import.meta.dirname, '../../../../shared/data/bounces');
const absent = !existsSync(folder);
const where = absent ? ' (LEFT OUT: ../shared/data/bounces is not beside the project)' : '';

/** `counted`: suppressed after a few mails in a row, however rare they are. */
type Label = { file: string; right: string[] };
const labels: Label[] = absent ? [] : JSON.parse(readFileSync(resolve(folder, 'labels.json'), 'utf8'));
const read = ({ file }: Label) => readBounce(readFileSync(resolve(folder, file)));

async function findWrong(
  judge: (label: Label) => Promise<Pick<Bounce, 'kind' | 'limit'>>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const label of labels) {
    const { kind, limit } = await judge(label);
    const isCounted = label.right.includes('counted') && limit !== null && kind !== 'delayed';
    if (!label.right.includes(kind) && !isCounted) wrong.push(`${label.file}: ${kind}, not ${label.right}`);
  }
  return wrong;
}

describe(`mails that came back from real servers${where}`, () => {
  it.skipIf(absent)('every mail has its label', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.eml'));
    expect(labels.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(labels.length).toBeGreaterThanOrEqual(128);
  });

  it.skipIf(absent)('B1: each is taken for what a good admin expects', async () => {
    expect(await findWrong(read)).toEqual([]);
  });

  it.skipIf(absent)('B1: judged by the status alone, many are taken wrongly', async () => {
    const byStatus = async ({ file }: Label): Promise<Pick<Bounce, 'kind' | 'limit'>> => {
      const [, status = ''] = /^Status: ([\d.]+)/m.exec(readFileSync(resolve(folder, file), 'utf8')) ?? [];
      if (/^5\.1\./.test(status)) return { kind: 'hard', limit: 'at-once' };
      return /^\d\.7\./.test(status) ? { kind: 'policy', limit: null } : { kind: 'soft', limit: 'row' };
    };
    expect((await findWrong(byStatus)).length).toBeGreaterThan(40);
  });

  it.skipIf(absent)('B2: none of a living reader stops mail at once or after three', async () => {
    const isLiving = ({ right }: Label) => !right.includes('hard') && !right.includes('counted');
    const isBare = ({ file }: Label) => file.includes('x-plain');
    for (const label of labels.filter((one) => isLiving(one) && !isBare(one)))
      expect([label.file, (await read(label)).limit]).not.toEqual([label.file, 'at-once']);
    for (const label of labels.filter(({ right }) => right.includes('policy') && right.length === 1))
      expect([label.file, (await read(label)).limit]).toEqual([label.file, null]);
  });

  it.skipIf(absent)('B3: each of a dead mailbox stops mail at once or after three', async () => {
    for (const label of labels.filter(({ right }) => right.includes('hard') || right.includes('counted')))
      expect([label.file, (await read(label)).limit]).toEqual([
        label.file,
        expect.stringMatching(/^(?:at-once|three)$/),
      ]);
  });

  it.skipIf(absent)('B4: each names the mail it speaks of', async () => {
    for (const label of labels) {
      const { messageIds } = await read(label);
      expect([label.file, messageIds[0]]).toEqual([
        label.file,
        expect.stringMatching(/^<(?:[0-9a-f]{40}@bell\.example\.org|1@bell\.example)>$/),
      ]);
    }
  });

  it.skipIf(absent)('B5: delayed mails, and refusals that concern us, count against nobody', async () => {
    for (const label of labels.filter(({ right }) => ['delayed', 'policy'].includes(right.join()))) {
      const { kind, limit, reason } = await read(label);
      // OpenSMTPD of Debian 12 calls what it has given up delayed.
      if (kind === 'delayed' && reason.includes('given up')) expect(limit).toBe('row');
      else expect([label.file, limit]).toEqual([label.file, null]);
    }
  });
});
