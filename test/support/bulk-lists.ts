import { doDueRequests } from '../../src/jobs/requests.ts';
import type { Pages } from './pages.ts';
import type { SignedIn } from './sign-in.ts';
import type { World } from './world.ts';

/** The response to a form with a file. */
export type Uploaded = { status: number; location: string; text: string };

/** Sends a form with a file like a browser. */
export async function upload(
  pages: Pages,
  cookie: string,
  bytes: string | Buffer,
  how: { path?: string; fields?: Record<string, string> } = {},
): Promise<Uploaded> {
  const body = new FormData();
  for (const [name, value] of Object.entries(how.fields ?? {})) body.append(name, value);
  body.append('file', new Blob([bytes as Uint8Array<ArrayBuffer> | string]), 'people.csv');
  const answer = await fetch(pages.url + (how.path ?? '/admin/bulk'), {
    method: 'POST',
    body,
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
  });
  return {
    status: answer.status,
    location: answer.headers.get('location') ?? '',
    text: await answer.text(),
  };
}

/** Uploads a list to be checked. Returns the path of its page, and the page. Throws if the list was refused. */
export async function look(
  pages: Pages,
  admin: SignedIn,
  list: string | Buffer,
  fields: Record<string, string> = {},
): Promise<{ path: string; text: string }> {
  const { status, location, text } = await upload(pages, admin.cookie, list, { fields });
  if (status !== 303) throw new Error(`${status}: ${/class="error"[^>]*>([^<]*)/.exec(text)?.[1]}`);
  return { path: location, text: (await admin.get(location)).text };
}

/** The sentence with which a list was refused. */
export async function refusal(
  pages: Pages,
  admin: SignedIn,
  list: string | Buffer,
  fields: Record<string, string> = {},
): Promise<string> {
  const { status, text } = await upload(pages, admin.cookie, list, { fields });
  return `${status} ${/class="error" role="alert">([^<]*)/.exec(text)?.[1] ?? ''}`;
}

/** Every line of a list with its answer: "3 ask", "4 twice". */
export async function answersOf(admin: SignedIn, path: string): Promise<string[]> {
  const { text } = await admin.post(`${path}/answers.csv`, {});
  return text
    .trim()
    .split('\r\n')
    .slice(1)
    .map(
      (row) => /^(\d+),.*?,(ask|slip|stop|[a-z][a-z-]+),(?:"|[A-Z“])/.exec(row)?.slice(1, 3).join(' ') ?? row,
    );
}

/** Starts a list and lets the workers finish it. */
export async function doList(world: World, admin: SignedIn, path: string, act: 'add' | 'stop' = 'add') {
  const answer = await admin.post(`${path}/${act}`, { reason: 'They signed on paper at the meeting.' });
  await doDueRequests(world.context);
  return answer;
}

/** The subscriptions of people in words, by address, in order. */
export async function followed({ context }: World): Promise<string[]> {
  const rows = await context.db
    .selectFrom('subscriptions')
    .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
    .select(['address', 'words', 'state', 'frequency'])
    .execute();
  return rows
    .map((row) => `${context.keys.decrypt(row.address)} ${row.words} ${row.state} ${row.frequency}`)
    .sort();
}

/** The pages of lists in each state by the names of their screenshots: refused, checked, in progress, to be stopped. */
export async function openListPages(
  world: World,
  pages: Pages,
  admin: SignedIn,
): Promise<Record<string, string>> {
  const list = [
    'email;condition;trial;frequency',
    'ann@example.org;asthma;;daily',
    'ben@example.org;;NCT08000001;',
    'cat@gmial.com;;NCT08000001;',
    'ben@example.org;;NCT08000001;',
    'no address;asthma;;',
    'dan@example.org;asthma and something that nobody ever heard of, in many words;;',
    'eve@example.org;asthma;;hourly',
    'fay@example.org;;NCT99999999;',
  ].join('\n');
  const ready = await look(pages, admin, list);
  const done = await look(pages, admin, list);
  await doList(world, admin, done.path);
  const stop = await admin.post('/admin/bulk/stop', { by: 'trial', trial: 'NCT08000001' });
  return {
    'admin-bulk': '/admin/bulk',
    'admin-bulk-list': ready.path,
    'admin-bulk-done': done.path,
    'admin-bulk-stop': '/admin/bulk/stop',
    'admin-bulk-stop-list': stop.headers.get('location') ?? '',
  };
}
