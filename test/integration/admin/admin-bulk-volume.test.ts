import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { doDueRequests, doRequest } from '../../../src/jobs/requests.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { answersOf, look, refusal } from '../../support/bulk-lists.ts';
import { onDayTwo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let admin: SignedIn;
afterEach(() => pages.close());

const ids = ['NCT09900001', 'NCT09900002'] as const;

/** Everything that is logged, by pages and workers. */
const logged: string[] = [];

async function open(): Promise<void> {
  logged.length = 0;
  const config = { adminEmails: ['me@example.org'] };
  world = await openWorld(
    onDayTwo(
      ids.map((id) => study(id)),
      { config },
    ),
  );
  const log = pino({ level: 'trace' }, { write: (line) => void logged.push(line) });
  Object.assign(world.context, { log });
  await world.subscribe('first@example.net', { trials: [...ids] });
  pages = await servePages(world);
  admin = await signInAsAdmin(world, pages, 'me@example.org');
}
const requests = async () =>
  (await world.context.db.selectFrom('requests').select('id').orderBy('id').execute()).map(({ id }) => id);
/** How many confirmation mails were promised to each person: "1 mail: 120 people". */
async function asked(): Promise<string[]> {
  const { rows } = await sql<{ mails: number; people: number }>`
    select mails, count(*) as people from (
      select subscriber_id, count(*) as mails from deliveries where kind = 'confirmation' group by 1) each
    group by mails order by mails`.execute(world.context.db);
  return rows.map(({ mails, people }) => `${mails}: ${people}`);
}
const some = (count: number) =>
  `email,trial\n${Array.from({ length: count }, (_, n) => `p${n}@example.net,${ids[n % 2]}\n`).join('')}`;

describe('a list of 50,000 lines', () => {
  it('is answered line by line: formulas, quotes and line breaks in cells, broken addresses, repeats; one more is refused', async () => {
    await open();
    const rows = Array.from({ length: 50_000 }, (_, n) => {
      switch (n % 10) {
        case 7:
          return `"=HYPERLINK(""http://x"")@example.net";${ids[0]};`;
        case 8:
          return `p${n}@example.net;;"=1+1;=cmd|' /C calc'!A0\n+2"`;
        case 9:
          return `p${n - 9}@example.net;${ids[0]};`;
        default:
          return `p${n}@example.net;${ids[0]};`;
      }
    });
    const list = `email;trial;condition\r\n${rows.join('\r\n')}\r\n`;
    const { path, text } = await look(pages, admin, list);
    for (const said of [
      '35,000 lines: will be asked',
      '5,000 lines without a right email address',
      '5,000 lines: the condition is not understood',
      '5,000 lines repeat another',
      'These are the first 200 of 15,000.',
    ])
      expect(text).toContain(said);
    const answers = await answersOf(admin, path);
    expect(answers).toHaveLength(50_000);
    expect(answers.slice(0, 11)).toEqual([
      ...[2, 3, 4, 5, 6, 7, 8].map((line) => `${line} ask`),
      '9 email',
      '10 condition',
      // The cell before it has a line break.
      '12 twice',
      '13 ask',
    ]);
    const table = (await admin.post(`${path}/answers.csv`, {})).text;
    // As a spreadsheet sees it that splits at commas, at semicolons or at tabs.
    for (const cell of table.slice(0, 200_000).split(/[,;\t\r\n]+/))
      expect(cell).not.toMatch(/^[\s"]*[=+\-@|]/);
    expect(await refusal(pages, admin, `${list}z@example.net;${ids[0]};\r\n`)).toContain(
      'more than 50,000 lines',
    );
    const dump = await sql<{ bytes: number }>`
      select max(octet_length(sealed)) as bytes from bulk_parts`.execute(world.context.db);
    expect(dump.rows[0]?.bytes).toBeLessThan(1_000_000);
  }, 120_000);
});

describe('a list that is being done', () => {
  it('is taken up where it was: torn between and inside parts, nobody is forgotten and nobody asked twice', async () => {
    await open();
    const { path } = await look(pages, admin, some(230));
    expect((await admin.post(`${path}/add`, { reason: 'On paper.' })).status).toBe(303);
    const waiting = await requests();
    expect(waiting).toHaveLength(5);
    await doRequest(world.context, waiting[0] ?? -1);
    // Another process breaks in the middle of the second part.
    let encrypted = 0;
    const { keys, log } = world.context;
    const broken = world.another({
      log,
      keys: {
        ...keys,
        encrypt: (text) => {
          if (++encrypted > 20) throw new Error('torn');
          return keys.encrypt(text);
        },
      },
    });
    await doRequest(broken, waiting[1] ?? -1).catch(() => {});
    expect(logged.join('')).toContain('torn');
    expect(logged.join('')).not.toContain('@example.net');
    expect(await asked()).toEqual(['1: 50']);
    expect((await admin.get(path)).text).toContain('50 of 230 people done.');
    // Done twice, at once and out of order.
    await sql`update requests set due_at = ${world.context.now()}`.execute(world.context.db);
    await Promise.all([...waiting, ...waiting].map((id) => doRequest(world.another(), id)));
    await doDueRequests(world.context);
    expect(await asked()).toEqual(['1: 230']);
    expect(await requests()).toEqual([]);
    const text = (await admin.get(path)).text;
    expect(text).toContain('230 of 230 people done.');
    expect(text).toContain('230 people are asked by an email');
  });

  it('P3, P9: is no crowd: strangers sign up meanwhile without having to work for it', async () => {
    await open();
    const { path } = await look(pages, admin, some(320));
    await admin.post(`${path}/add`, { reason: 'On paper.' });
    await doDueRequests(world.context);
    expect(await asked()).toEqual(['1: 320']);
    const answer = await pages.post('/subscriptions', signUpForm('zoe@example.net', [`trial:${ids[0]}`]));
    expect(answer.status).toBe(200);
  });

  it('kill -9 of the process that works on it loses nobody and asks nobody twice', async () => {
    await open();
    const { path } = await look(pages, admin, some(400));
    await admin.post(`${path}/add`, { reason: 'On paper.' });
    for (let kills = 0; kills < 3; kills++) {
      const before = await asked();
      const child = startWorker();
      await untilMore(before);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    // The database rolls back the transaction of a killed process, and holds its rows until then.
    await sql`update requests set due_at = ${world.context.now()}`.execute(world.context.db);
    await doDueRequests(world.context);
    expect(await asked()).toEqual(['1: 400']);
    expect((await admin.get(path)).text).toContain('400 of 400 people done.');
  }, 120_000);
});

/** A separate process that handles waiting requests, one at a time. */
function startWorker() {
  const { databaseUrl, context } = world;
  return spawn(
    process.execPath,
    ['test/support/bulk-worker.ts', databaseUrl, context.now(), context.config.dataDir],
    { stdio: 'inherit' },
  );
}

async function untilMore(before: string[]): Promise<void> {
  while (String(await asked()) === String(before) && (await requests()).length > 0);
}
