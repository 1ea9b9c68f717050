import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OutboxMail, writeToOutbox } from '../../../src/mail/outbox.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outbox-'));
});
afterEach(() => rm(folder, { recursive: true }));

const mail: OutboxMail = {
  message: Buffer.from('Subject: hello\r\n\r\nbody'),
  messageId: '<abc@bell.example>',
  date: '2026-11-20T09:00:00.000Z',
  beforeBody: async () => true,
};

describe('the outbox', () => {
  it('keeps a mail whole, under a name that tells nothing, readable by its owner alone', async () => {
    const outbox = join(folder, 'not', 'there yet');
    expect(await writeToOutbox(outbox, mail)).toMatchObject({ phase: 'sent' });
    const names = await readdir(outbox);
    expect(names).toHaveLength(1);
    const name = names[0] ?? '';
    expect(name).toMatch(/^2026-11-20T09-00-00-000Z-[0-9a-f]{16}\.eml$/);
    expect(await readFile(join(outbox, name))).toEqual(mail.message);
    expect((await stat(join(outbox, name))).mode & 0o777).toBe(0o600);
  });

  it('a second attempt replaces the first, another delivery does not', async () => {
    await writeToOutbox(folder, mail);
    await writeToOutbox(folder, mail);
    expect(await readdir(folder)).toHaveLength(1);
    await writeToOutbox(folder, { ...mail, messageId: '<def@bell.example>' });
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('writes nothing when the ledger refuses, or cannot be asked', async () => {
    expect(await writeToOutbox(folder, { ...mail, beforeBody: async () => false })).toEqual({
      phase: 'refused-by-ledger',
    });
    const away = () => Promise.reject(new Error('database away'));
    await expect(writeToOutbox(folder, { ...mail, beforeBody: away })).rejects.toThrow('database away');
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves nothing half written when the folder cannot be used', async () => {
    const file = join(folder, 'a file');
    await writeFile(file, '');
    await expect(writeToOutbox(file, mail)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['a file']);
  });
});
