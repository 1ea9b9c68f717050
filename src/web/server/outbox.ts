import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';

/** A mail in the outbox, as a page shows it. */
export type OutboxEntry = {
  name: string;
  to: string;
  subject: string;
  /** In words, in UTC. */
  date: string;
  text: string;
  html: string;
  headers: { name: string; value: string }[];
};

const fileName = /^[\w-]+\.eml$/;
const listAtMost = 200;
const dates = new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' });

/** The newest mails in the outbox, newest first. */
export async function listOutbox(folder: string): Promise<OutboxEntry[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const newest = names
    .filter((name) => fileName.test(name))
    .sort()
    .reverse()
    .slice(0, listAtMost);
  const mails = await Promise.all(newest.map((name) => readOutbox(folder, name.replace(/\.eml$/, ''))));
  return mails.filter((mail) => mail !== null);
}

/** One mail by its file name without the extension, or null. */
export async function readOutbox(folder: string, name: string): Promise<OutboxEntry | null> {
  if (!fileName.test(`${name}.eml`)) return null;
  const bytes = await readFile(join(folder, `${name}.eml`)).catch(() => null);
  if (!bytes) return null;
  const mail = await PostalMime.parse(bytes);
  return {
    name,
    to: mail.to?.map((to) => to.address ?? '').join(', ') ?? '',
    subject: mail.subject ?? '',
    date: mail.date ? `${dates.format(new Date(mail.date))} UTC` : '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: mail.headers.map(({ originalKey, key, value }) => ({ name: originalKey ?? key, value })),
  };
}
