import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { liftByHand, suppressByHand } from '../../../src/use-cases/admin/suppress-address.ts';
import { makeDerivedLink } from '../../../src/web/manage/derived-link.ts';
import { openPeople, type PeopleWorld } from '../../support/admin-people.ts';
import { readWords } from '../../support/html-text.ts';
import { askForLink, type SignedIn, signIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork, signUpForm } from '../../support/sign-ups.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

type Response = Awaited<ReturnType<SignedIn['post']>>;
/** An act, what the page says when it did something, and whether it can do anything as things stand. */
type Row = [name: string, act: () => Promise<Response>, claim: RegExp, does: 'something' | 'nothing'];

it('L4: no page claims an act that changed nothing: pressed twice, too late, of somebody else, or done before', async () => {
  here = await openPeople(openWorld);
  const { world, pages, me: admin } = here;
  const { db, keys } = world.context;
  const ann = await signIn(world, pages, 'ann@example.net');
  const { rows: ids } = await sql<{ id: number; who: number }>`
    select id, subscriber_id as who from subscriptions order by id`.execute(db);
  const [trial, asthma, foreign] = ids.map(({ id }) => `/manage/subscriptions/${id}`);
  const own = (path: string | undefined, act: string, more = {}) => ann.post(path ?? '', { act, ...more });
  const many = (act: string, more = {}) =>
    own('/manage/many', act, { s: ids.map(({ id }) => `${id}`), sure: 'on', ...more });
  const settings = { frequency: 'daily', weekday: '1', facets: ['status'], km: '100' };
  const until = { until: '2026-12-24' };
  const stopLink = `/unsubscribe/${makeDerivedLink(keys, 'unsubscribe', { id: 1, generation: 1 })}`;
  const byLink = (act: string, more = {}) =>
    pages.post(stopLink, { act, subscription: ids.slice(0, 2).map(({ id }) => `${id}`), ...more });
  let undo = '';
  const stopAll = async () => {
    const answer = await pages.post(stopLink, {});
    undo ||= /name="undo" value="([^"]+)"/.exec(answer.text)?.[1] ?? '';
    return answer;
  };
  await pages.post('/subscriptions', signUpForm('carol@example.net', ['trial:NCT09900001']));
  await letWorkersWork(world);
  const confirm = await confirmPath(world, 'carol@example.net');
  const entrance = await askForLink(world, pages, 'bob@example.net');
  const { rows: sessions } = await sql<{ id: number }>`
    select id from admin_tokens where email = 'other@charity.example'`.execute(db);
  const forAnn = (act: string, more: Record<string, string> = {}) => admin.post(`${here.ann}/${act}`, more);
  const [saved, paused, goOn, stopped, undone] = [
    /Saved\./,
    /Paused/,
    /Your emails start again/,
    /Stopped\.|are stopped|is stopped/,
    /as it was before/,
  ];

  const rows: Row[] = [
    ['resume what is not paused', () => own(trial, 'resume'), goOn, 'nothing'],
    ['undo what is not stopped', () => own(trial, 'undo'), undone, 'nothing'],
    ['resume all of none paused', () => own('/manage/all', 'resume'), goOn, 'nothing'],
    ['pause one', () => own(trial, 'pause', until), paused, 'something'],
    ['resume one', () => own(trial, 'resume'), goOn, 'something'],
    ['resume it again', () => own(trial, 'resume'), goOn, 'nothing'],
    ['stop one', () => own(trial, 'stop'), stopped, 'something'],
    ['stop it again', () => own(trial, 'stop'), stopped, 'nothing'],
    ['pause the stopped one', () => own(trial, 'pause', until), paused, 'nothing'],
    ['save the stopped one', () => own(trial, 'save', settings), saved, 'nothing'],
    ['undo the stop', () => own(trial, 'undo'), undone, 'something'],
    ['undo it again', () => own(trial, 'undo'), undone, 'nothing'],
    ['save', () => own(trial, 'save', settings), saved, 'something'],
    ['stop somebody else’s', () => own(foreign, 'stop'), stopped, 'nothing'],
    ['pause somebody else’s', () => own(foreign, 'pause', until), paused, 'nothing'],
    ['save somebody else’s', () => own(foreign, 'save', settings), saved, 'nothing'],
    ['undo somebody else’s', () => own(foreign, 'undo'), undone, 'nothing'],
    ['many: look at a stop', () => many('stop', { sure: '' }), stopped, 'nothing'],
    ['many: stop', () => many('stop'), stopped, 'something'],
    ['many: stop again', () => many('stop'), stopped, 'nothing'],
    ['many: weekly what is stopped', () => many('often', { frequency: 'weekly' }), saved, 'nothing'],
    ['many: undo', () => many('undo'), undone, 'something'],
    ['many: undo again', () => many('undo'), undone, 'nothing'],
    ['many: resume what is not paused', () => many('resume'), goOn, 'nothing'],
    ['many: pause without a day', () => many('pause'), paused, 'nothing'],
    ['many: pause', () => many('pause', until), paused, 'something'],
    ['many: resume', () => many('resume'), goOn, 'something'],
    ['many: daily what is daily', () => many('often', { frequency: 'daily' }), saved, 'something'],
    ['many: daily again', () => many('often', { frequency: 'daily' }), saved, 'nothing'],
    ['many: tell of these', () => many('told', { facets: ['status', 'results'] }), saved, 'something'],
    ['many: tell of these again', () => many('told', { facets: ['status', 'results'] }), saved, 'nothing'],
    ['many: tell of nothing', () => many('told'), saved, 'nothing'],
    ['many: into a group', () => many('list', { list: 'For my sister' }), saved, 'something'],
    ['many: into it again', () => many('list', { list: 'For my sister' }), saved, 'nothing'],
    ['many: out of it', () => many('list'), saved, 'something'],
    ['many: out of none', () => many('list'), saved, 'nothing'],
    ['many: too long a name', () => many('list', { list: 'x'.repeat(61) }), saved, 'nothing'],
    ['many: none selected', () => many('stop', { s: [] }), stopped, 'nothing'],
    ['many: somebody else’s', () => many('stop', { s: String(ids.at(-1)?.id) }), stopped, 'nothing'],
    ['by link: weekly what is not', () => byLink('weekly'), /once a week/, 'something'],
    ['by link: weekly again', () => byLink('weekly'), /once a week/, 'nothing'],
    ['by link: a pause of 90 days', () => byLink('pause', { days: '90' }), paused, 'something'],
    ['by link: a shorter pause', () => byLink('pause', { days: '7' }), /Paused until/, 'nothing'],
    ['pause all', () => own('/manage/all', 'pause', until), paused, 'something'],
    ['resume all', () => own('/manage/all', 'resume'), goOn, 'something'],
    ['by link: stop all', stopAll, stopped, 'something'],
    ['by link: stop all again', stopAll, stopped, 'nothing'],
    ['by link: pause what is stopped', () => byLink('pause', { days: '30' }), paused, 'nothing'],
    ['by link: weekly what is stopped', () => byLink('weekly'), /once a week/, 'nothing'],
    ['stop all of none', () => own('/manage/all', 'stop'), stopped, 'nothing'],
    ['pause all of none', () => own('/manage/all', 'pause', until), paused, 'nothing'],
    ['undo by token', () => pages.post('/unsubscribe/undo', { undo }), undone, 'something'],
    ['undo by token again', () => pages.post('/unsubscribe/undo', { undo }), undone, 'nothing'],
    ['confirm', () => pages.post(confirm, {}), /emails start now/, 'something'],
    ['confirm again', () => pages.post(confirm, {}), /emails start now/, 'nothing'],
    ['enter by a link', () => pages.post(entrance, {}), /Your emails go to/, 'something'],
    ['enter again', () => pages.post(entrance, {}), /Your emails go to/, 'nothing'],
    ['renew the feed', () => ann.post('/manage/feed', {}), /has a new address/, 'something'],
    ['admin: undo nothing', () => forAnn('undo', { subscription: 'all' }), /taken up again/, 'nothing'],
    ['admin: stop', () => forAnn('stop', { subscription: 'all' }), /<p class="note"/, 'something'],
    ['admin: stop again', () => forAnn('stop', { subscription: 'all' }), /<p class="note"/, 'nothing'],
    [
      'admin: pause the stopped',
      () => forAnn('pause', { subscription: 'all', ...until }),
      /<p class="note"/,
      'nothing',
    ],
    ['admin: undo', () => forAnn('undo', { subscription: 'all' }), /<p class="note"/, 'something'],
    ['admin: resume nothing', () => forAnn('resume', { subscription: 'all' }), /<p class="note"/, 'nothing'],
    ['admin: ask again nobody who waits', () => forAnn('resend'), /<p class="note"/, 'nothing'],
    [
      'admin: suppress',
      () => forAnn('suppress', { why: 'never', reason: 'by letter' }),
      /<p class="note"/,
      'something',
    ],
    [
      'admin: suppress again',
      () => forAnn('suppress', { why: 'never', reason: 'by letter' }),
      /<p class="note"/,
      'nothing',
    ],
    ['admin: link to the suppressed', () => forAnn('link'), /<p class="note"/, 'nothing'],
    ['admin: lift', () => forAnn('lift', { reason: 'they wrote' }), /<p class="note"/, 'something'],
    ['admin: lift again', () => forAnn('lift', { reason: 'they wrote' }), /<p class="note"/, 'nothing'],
    [
      'admin: release nothing',
      () => admin.post('/admin/runs/1/release', { kind: 'all', held: '0', reason: 'x' }),
      /released by/,
      'nothing',
    ],
    [
      'admin: discard nothing',
      () => admin.post('/admin/runs/1/discard', { kind: 'all', held: '0', reason: 'x' }),
      /discarded by/,
      'nothing',
    ],
    [
      'admin: end a session',
      () => admin.post(`/admin/sessions/${sessions[0]?.id}/end`, {}),
      /Each lasts twelve hours/,
      'something',
    ],
    [
      'admin: end it again',
      () => admin.post(`/admin/sessions/${sessions[0]?.id}/end`, {}),
      /Each lasts twelve hours/,
      'nothing',
    ],
    ['erase', () => ann.post('/manage/erase', {}), /erased/i, 'something'],
    ['erase again', () => ann.post('/manage/erase', {}), /erased/i, 'nothing'],
    ['save after erasing', () => ann.post('/manage/settings', { hour: '9', zone: 'UTC' }), saved, 'nothing'],
    ['renew the feed after erasing', () => ann.post('/manage/feed', {}), /has a new address/, 'nothing'],
    ['stop after erasing', () => own(asthma, 'stop'), stopped, 'nothing'],
    ['by link: stop after erasing', stopAll, stopped, 'nothing'],
    ['admin: erase the erased', () => forAnn('erase', { reason: 'asked' }), /<p class="note"/, 'nothing'],
  ];
  const found: unknown[] = [];
  for (const [name, act, claim] of rows) {
    const before = (await world.dump()).sort();
    const answer = await act();
    const location = answer.headers.get('location');
    // What was done goes to the next page in a cookie.
    const done = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const shown =
      location === null
        ? answer
        : location.startsWith('/admin')
          ? await admin.get(location)
          : await pages.get(location, { cookie: [ann.cookie, ...done].join('; ') });
    const isChanged = (await world.dump()).sort().join() !== before.join();
    const says = claim.test(claim.source.startsWith('<') ? shown.text : readWords(shown.text));
    found.push([name, isChanged ? 'something' : 'nothing', says ? 'claimed' : 'not claimed']);
  }
  expect(found).toEqual(
    rows.map(([name, , , does]) => [name, does, does === 'something' ? 'claimed' : 'not claimed']),
  );

  // The source of the command line says so too.
  const now = world.context.now();
  const log = async () => {};
  const nobody = { id: null, email: 'nobody@example.net' };
  expect(await liftByHand(world.context, log, nobody, 'why', now)).toBeNull();
  const suppress = () => suppressByHand(world.context, log, nobody, { why: 'never', reason: 'why' }, now);
  expect([await suppress(), await suppress()]).toEqual([true, false]);
  await expect(releaseHeldChanges(world.context, 1, null, now)).rejects.toThrow('Nothing is held in run 1');
});
