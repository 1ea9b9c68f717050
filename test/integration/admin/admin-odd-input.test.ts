import { afterEach, describe, expect, it } from 'vitest';
import { openPeople, type PeopleWorld, trialId } from '../../support/admin-people.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

/** Input that no browser sends. */
const odd = [
  'a\0b',
  '\0',
  '\ud800',
  '\u202e',
  '-1',
  '999999999999999',
  '9'.repeat(40),
  'x'.repeat(20_000),
  `"${'é'.repeat(200)}"`,
  "'; drop table subscribers --",
  '{"a":1}',
  '2026-02-30',
  '275761-01-01',
  '%00',
];
const fields = [
  'subscription',
  'until',
  'reason',
  'why',
  'email',
  'what',
  'for',
  'frequency',
  'language',
].concat(['by', 'trial', 'condition', 'list', 'encoding', 'never', 'seen']);
const posts = ['find', 'suppress', 'lift', 'add']
  .concat(
    'pause resume stop undo resend link suppress lift export address'.split(' ').map((act) => `1/${act}`),
  )
  .map((act) => `/admin/subscribers/${act}`)
  .concat([
    '/admin/bulk',
    '/admin/bulk/stop',
    '/admin/bulk/1/add',
    '/admin/bulk/1/stop',
    '/admin/bulk/1/answers.csv',
  ])
  .concat(['/admin/sessions/999999999999999/end', '/admin/sign-in']);
const gets = [
  ...['follows', 'before', 'after', 'done'].map((name) => `/admin/subscribers?${name}=`),
  ...['actor', 'act', 'subject', 'from', 'to', 'before'].map((name) => `/admin/audit?${name}=`),
  '/admin/audit.csv?from=',
  ...['/admin/subscribers/', '/admin/bulk/', '/admin/enter/'],
];

describe('pages about people', () => {
  it('C16: nothing odd in a field or an address makes one fail', async () => {
    here = await openPeople(openWorld);
    const { me } = here;
    const failed: string[] = [];
    for (const [n, value] of odd.entries()) {
      for (const path of gets) {
        const { status } = await me.get(`${path}${encodeURIComponent(value.toWellFormed())}`.slice(0, 6_000));
        if (status >= 500) failed.push(`${n} ${path}`);
      }
      for (const path of posts) {
        // Each field odd, and then each but one that is right, so that others are reached.
        for (const right of [
          {},
          { email: 'zoe@example.net', what: 'asthma', reason: 'On paper.', by: 'trial' },
          { by: 'condition', subscription: 'all', until: '2026-12-24' },
          { trial: trialId, by: 'list' },
        ]) {
          const form = Object.fromEntries(fields.map((name) => [name, value]));
          const { status } = await me.post(path, { ...form, ...right });
          if (status >= 500) failed.push(`${n} ${path} ${Object.keys(right)}`);
        }
      }
    }
    expect(failed).toEqual([]);
  });
});
