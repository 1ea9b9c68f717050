import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { toInstant } from './year-calendar.ts';
import { expectSame } from './year-difference.ts';
import type { OwedNote } from './year-notes.ts';
import type { Telling } from './year-people.ts';
import type { Year } from './year-run.ts';
import { trialIds } from './year-trials.ts';

/** Compares planned and sent notes since the last check with those owed. */
export async function checkNotes(year: Year, owed: Map<string, OwedNote>): Promise<void> {
  const { context, notes, now } = year;
  const { rows } = await sql<{
    id: number;
    kind: string;
    address: Buffer;
    phase: string;
    planned_at: string;
  }>`
    select d.id, d.kind, p.address, d.phase, d.planned_at from deliveries d join subscribers p on p.id = d.subscriber_id
    where d.id > ${notes.lastNote} and d.kind in ('no-news', 'yearly', 'welcome') order by d.id`.execute(
    context.db,
  );
  notes.lastNote = rows.at(-1)?.id ?? notes.lastNote;
  expectSame(
    year,
    'the notes',
    rows.map((row) => [context.keys.decrypt(row.address), row.kind, row.phase, row.planned_at]).sort(),
    [...owed].map(([email, { kind }]) => [email, kind, 'sent', toInstant(now)]).sort(),
  );
  for (const { kind } of owed.values()) notes[kind === 'no-news' ? 'noNewsNotes' : 'yearlyNotes'] += 1;
}

/** Compares the outbox, file by file, with the reported changes, and the notes with the facts. */
export async function checkOutbox(
  year: Year,
  told: Map<string, Telling[][]>,
  owedNotes: Map<string, OwedNote>,
): Promise<void> {
  const folder = join(year.context.config.dataDir, 'outbox');
  const files =
    told.size + owedNotes.size > 0 ? await readdir(folder) : await readdir(folder).catch(() => []);
  const written: string[][] = [];
  for (const file of files) {
    const mail = await PostalMime.parse(await readFile(join(folder, file), 'utf8'));
    const email = mail.to?.[0]?.address ?? '';
    const note = owedNotes.get(email);
    const isNote = /^(Still watching|Once a year)/.test(mail.subject ?? '');
    if (isNote && note) {
      const isStill = (mail.text ?? '')
        .replace(/\s+/g, ' ')
        .includes('No trial you follow opened, closed, or stopped.');
      const isQuiet = note.kind === 'no-news';
      expectSame(year, `the note to ${email} (since ${note.since})`, isStill, isQuiet && !note.moved);
      await rm(join(folder, file));
      continue;
    }
    const named = trialIds.filter((id) => mail.text?.includes(id) && mail.html?.includes(id));
    written.push([email, new Date(mail.date ?? '').toISOString(), ...named]);
    await rm(join(folder, file));
  }
  const should = [...told].map(([email, mails]) => {
    const trials = new Set(mails.flat().map(({ trial }) => trial));
    return [email, toInstant(year.now), ...[...trials].sort()];
  });
  expectSame(year, 'the outbox', written.sort(), should.sort());
}
