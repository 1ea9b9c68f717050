import { afterEach, describe, expect, it } from 'vitest';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { answersOf, look, refusal, upload } from '../../support/bulk-lists.ts';
import { onDayTwo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let admin: SignedIn;
afterEach(() => pages.close());

const [me, viewer] = ['me@example.org', 'viewer@example.org'];
const ids = ['NCT09900001', 'NCT09900002'] as const;

async function open(): Promise<void> {
  const config = { adminEmails: [me], viewerEmails: [viewer] };
  world = await openWorld(
    onDayTwo(
      ids.map((id) => study(id)),
      { config },
    ),
  );
  await world.subscribe('first@example.net', { trials: [...ids] });
  pages = await servePages(world);
  admin = await signInAsAdmin(world, pages, me);
}
const lines = (...rows: string[]) => `${rows.join('\n')}\n`;

describe('a list as it is brought', () => {
  it('is refused whole, with the line and a way out', async () => {
    await open();
    const latin = Buffer.concat([
      Buffer.from('email,condition\nx@example.net,asthma\ny@example.net,Sj'),
      Buffer.from([0xf6]),
      Buffer.from('gren\n'),
    ]);
    const row = `x@example.net,${ids[0]}`;
    const cases: [string | Buffer, string, Record<string, string>?][] = [
      ['', 'There is no list'],
      ['\n\n', 'There is no list'],
      ['email,trial\n', 'no line beneath it'],
      [lines(row, row), 'but an address stands in it'],
      [lines('email,trial,name', `${row},Ann`), 'a column “name”'],
      [lines('email,email,trial', row), 'the column email twice'],
      [lines('trial', ids[0]), 'no column named email'],
      [lines('email', 'x@example.net'), 'neither a column named trial'],
      [lines('email,trial', row, 'y@example.net,NCT09"900001', row), 'Line 3 has a quotation mark'],
      [lines('email,trial', row, '"y@example.net,NCT09900001', row), 'Line 3 has a quotation mark'],
      [latin, 'Line 3 is not written in UTF-8'],
      [
        lines('email,condition', 'x@example.net,Sjögren'),
        'line 2 is written in UTF-8',
        { encoding: 'windows-1252' },
      ],
      [Buffer.from(lines('email,condition', 'x@example.net,asthma'), 'utf16le'), 'Line 1 holds signs'],
      [Buffer.from([0xff, 0xfe, 0x65, 0x00, 0x00, 0xd8, 0x65]), 'not written in UTF-16'],
      [lines('email,condition', 'x@example.net,Sj\ufffdgren'), 'Line 2 holds the sign'],
      [
        Buffer.from([0x65, 0x0a, 0x81, 0xff]),
        'Line 2 is not written in Windows-1252',
        { encoding: 'windows-1252' },
      ],
      [Buffer.alloc(11 * 1024 * 1024, 0x61), 'larger than 10 MB'],
    ];
    for (const [list, said, fields] of cases) {
      const refused = await refusal(pages, admin, list, fields);
      expect([said, refused.startsWith('422 '), refused]).toEqual([
        said,
        true,
        expect.stringContaining(said),
      ]);
    }
    expect(await world.context.db.selectFrom('bulk_jobs').selectAll().execute()).toEqual([]);
  });

  it('is read in every encoding that is sure, with either separator, and cells with line breaks', async () => {
    await open();
    const ask = (sign: string, cell = 'Sjögren syndrome') =>
      lines(['email', 'condition'].join(sign), ['x@example.net', cell].join(sign));
    const utf16be = Buffer.from(`\ufeff${ask('\t')}`, 'utf16le').swap16();
    const readings: [string | Buffer, Record<string, string>?][] = [
      [ask(',')],
      [ask(';')],
      [ask('\t')],
      [`\ufeff${ask(';')}`],
      [Buffer.from(`\ufeff${ask('\t')}`, 'utf16le')],
      [utf16be],
      [Buffer.from(ask(';'), 'latin1'), { encoding: 'windows-1252' }],
      [ask(',', '"Sjögren\r\nsyndrome"')],
      [ask(',').replaceAll('\n', '\r\n')],
    ];
    for (const [n, [list, fields]] of readings.entries()) {
      const { path, text } = await look(pages, admin, list, fields);
      expect([n, await answersOf(admin, path)]).toEqual([n, ['2 ask']]);
      expect(text).toContain('<dt><bdi>Sjögren syndrome</bdi></dt>');
    }
    const { path } = await look(
      pages,
      admin,
      lines('email,trial', '"x@example.net","', `${ids[0]}"`, `y@example.net,${ids[0]}`),
    );
    expect(await answersOf(admin, path)).toEqual(['2 ask', '4 ask']);
  });

  it('P6: nobody but an admin can send anything large there', async () => {
    await open();
    const large = Buffer.alloc(1024 * 1024, 0x61);
    expect((await upload(pages, '', large)).status).toBe(413);
    const guest = await signInAsAdmin(world, pages, viewer);
    expect((await upload(pages, guest.cookie, large)).status).toBe(413);
    expect((await upload(pages, admin.cookie, large, { path: '/subscriptions' })).status).toBe(413);
    expect((await upload(pages, admin.cookie, 'a', { path: '/subscriptions' })).status).toBe(413);
  });

  it('can be pasted, without a file', async () => {
    await open();
    const list = lines('email\ttrial', `x@example.net\t${ids[0]}`);
    const { status, headers } = await admin.post('/admin/bulk', { list });
    expect(status).toBe(303);
    expect(await answersOf(admin, headers.get('location') ?? '')).toEqual(['2 ask']);
    const example = await admin.get('/admin/bulk/template.csv');
    const read = await look(pages, admin, example.text);
    expect(await answersOf(admin, read.path)).toEqual(['2 unknown-trial', '3 ask']);
  });

  it('M2: lines that need an unavailable registry say so, and the others are asked', async () => {
    await open();
    world.recorded.setFault({ kind: 'status', status: 403 });
    const list = lines(
      'email,trial,condition',
      `x@example.net,${ids[0]},`,
      'x@example.net,NCT09999999,',
      'x@example.net,,glorbfish',
    );
    const away = await look(pages, admin, list);
    expect(await answersOf(admin, away.path)).toEqual(['2 ask', '3 away', '4 away']);
    expect(away.text).toContain('The registry did not answer in time.');
    world.recorded.setFault(null);
    const back = await look(pages, admin, list);
    expect(await answersOf(admin, back.path)).toEqual(['2 ask', '3 unknown-trial', '4 condition']);
  });

  it('M1c: an umbrella is followed weekly or not at all; a trait, a short word and a number in the wrong column never', async () => {
    await open();
    const list = lines(
      'email,condition,frequency',
      'x@example.net,cancer,daily',
      'x@example.net,cancer,',
      'x@example.net,recurrence,',
      'x@example.net,"""ALS""",',
      `x@example.net,${ids[0]},`,
    );
    const { path } = await look(pages, admin, list);
    expect(await answersOf(admin, path)).toEqual([
      '2 weekly-only',
      '3 ask',
      '4 attribute',
      '5 too-short',
      '6 condition',
    ]);
  });

  it('M4: every number and word of a cell is followed, or the line says what stands there', async () => {
    await open();
    const list = lines(
      'email,trial,condition',
      `x@example.net,"${ids[0]}, ${ids[1]}",`,
      `y@example.net,asthma ${ids[0]},`,
      'z@example.net,,"asthma, lung cancer"',
      'z@example.net,2022-500123-45-00,',
      'z@example.net,MK-3475-A18,',
      `z@example.net,,asthma ${ids[0]}`,
    );
    const { path, text } = await look(pages, admin, list);
    expect(await answersOf(admin, path)).toEqual([
      '2 ask',
      '2 ask',
      '3 ask',
      '3 ask',
      '4 ask',
      '4 ask',
      '5 other-number',
      '6 unknown-number',
      '7 condition',
    ]);
    expect(text).toContain('This is a number of the EU registry (CTIS), which is not read yet.');
    expect(text).toContain('This cell holds a trial number.');
    expect(text).toMatch(/3 people would be asked to confirm 6 /);
  });

  it('asks one question about all its unknown trials, and one about each condition', async () => {
    await open();
    world.recorded.requests.length = 0;
    const rows = Array.from({ length: 300 }, (_, n) =>
      n % 3 === 0 ? `p${n}@example.net,,Glorbfish` : `p${n}@example.net,NCT0880${1000 + (n % 90)},`,
    );
    await look(pages, admin, lines('email,trial,condition', ...rows, 'q@example.net,,GLORBFISH'));
    const asked = world.recorded.requests.map(({ parameters }) => parameters);
    expect(asked.filter((one) => one['filter.ids'] !== undefined)).toHaveLength(1);
    expect(asked.filter((one) => one['query.cond'] !== undefined)).toHaveLength(1);
    const many = Array.from({ length: 301 }, (_, n) => `p@example.net,,word ${n} x`);
    expect(await refusal(pages, admin, lines('email,trial,condition', ...many))).toContain(
      'more than 300 different conditions',
    );
  });
});
