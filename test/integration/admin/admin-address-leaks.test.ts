import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { openPeople, type PeopleWorld, trialId } from '../../support/admin-people.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { look, refusal } from '../../support/bulk-lists.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

const open = async () => {
  here = await openPeople(openWorld);
  here.world.recorded.requests.length = 0;
  return here;
};
const lines = (...rows: string[]) => `${rows.join('\n')}\n`;
/** The requests to the registry. */
const asked = () => JSON.stringify(here.world.recorded.requests);

describe('an address in a place where none belongs', () => {
  it('P8: a form that comes when its session is over does not come back with the reader’s address', async () => {
    const { me, world } = await open();
    await sql`update admin_tokens set ended_at = ${world.context.now()}`.execute(world.context.db);
    for (const path of ['find', 'suppress', 'lift', 'add']) {
      const { status, text } = await me.post(`/admin/subscribers/${path}`, { email: 'ann@example.net' });
      expect([path, status, text.includes('ann@')]).toEqual([path, 401, false]);
      expect(text).toContain('name="email" value=""');
    }
    const wrong = await me.post('/admin/sign-in', { email: 'me at charity' });
    expect(wrong.text).toContain('value="me at charity"');
  });

  it('P8: typed where a trial or condition belongs, it goes to no registry, and not into an address of the web again', async () => {
    const { me, guest, log } = await open();
    for (const by of [me, guest]) {
      const answer = await by.get('/admin/subscribers?follows=ann%40example.net');
      expect([answer.status, answer.headers.get('location')]).toEqual([
        303,
        '/admin/subscribers?done=not-there',
      ]);
    }
    const told = await me.get('/admin/subscribers?done=not-there');
    expect(told.text).toContain('Nothing was looked for');
    expect(await findHtmlFaults(told.text)).toEqual([]);
    const added = await me.post('/admin/subscribers/add', { for: '1', what: '"ann@example.net"' });
    expect([added.status, added.text.includes('ann@')]).toEqual([422, false]);
    const stop = { by: 'condition', condition: '"ann@example.net"' };
    const stopped = await me.post('/admin/bulk/stop', stop);
    expect([stopped.status, stopped.text.includes('ann@')]).toEqual([422, false]);
    expect(asked()).not.toContain('ann');
    expect(await log()).toEqual([]);
  });

  it('P8: in a wrong column of a list, it goes to no registry and is on no page', async () => {
    const { pages, me } = await open();
    const list = lines(
      'email,trial,condition,frequency,timezone',
      'x@example.net,,ann@example.net,,',
      'x@example.net,,"""ann@example.net""",,',
      'x@example.net,,ann@example.net asthma,,',
      `x@example.net,ann@example.net ${trialId},,,`,
      `x@example.net,${trialId},,ann@example.net,`,
      `x@example.net,${trialId},,,ann@example.net`,
    );
    const { text } = await look(pages, me, list);
    expect(text).not.toContain('ann@');
    expect(text).toContain('This condition is not understood');
    expect(asked()).not.toContain('ann');
    expect(await refusal(pages, me, `ann@example.net,${trialId}\nx@example.net,${trialId}\n`)).toMatch(
      /^422 (?!.*ann@)The first line must name the columns/,
    );
  });

  it('P8: a pasted list that is refused comes back neither with its addresses nor cut short', async () => {
    const { me } = await open();
    const list = lines('email,trial,name', ...Array.from({ length: 900 }, (_, n) => `p${n}@example.net,x,y`));
    for (const [path, fields] of [
      ['/admin/bulk', { list }],
      ['/admin/bulk/stop', { by: 'list', list }],
    ] as const) {
      const { status, text } = await me.post(path, fields);
      expect([status, text.includes('@example.net')]).toEqual([422, false]);
      expect(text).toContain('rows="6" spellcheck="false" aria-describedby="list-hint"></textarea>');
      expect(await findHtmlFaults(text)).toEqual([]);
    }
  });

  it('a file and a pasted list at once are no list: neither is left out unseen', async () => {
    const { pages, me } = await open();
    const list = lines('email,trial', `p@example.net,${trialId}`);
    expect(await refusal(pages, me, list, { list })).toMatch(/^422 There is a file and a pasted list/);
  });
});
