import { describe, expect, it } from 'vitest';
import type { Change, Json } from '../../../src/core/change.ts';
import { fromOpaque, readCursor, toOpaque, writeCursor } from '../../../src/core/cursor.ts';
import { needsAdvice } from '../../../src/core/digests/advice.ts';
import { foldChanges } from '../../../src/core/digests/fold.ts';
import { openChange, openTrial } from '../../../src/core/digests/outside.ts';
import { findStaff } from '../../../src/core/staff.ts';
import { dropMarks, hasMarks, markRegistryText, showMarks } from '../../../src/core/wording/registry-text.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';
import { makeSite } from '../../support/trial-samples.ts';

const change = (facet: Change['facet'], kind: string, after: Json = null): Change => ({
  facet,
  kind,
  before: null,
  after,
});

describe('a cursor', () => {
  it.each([
    [{ position: 0, changeId: null }, 'MS4wLjA'],
    [{ position: 12, changeId: 7 }, 'MS4xMi43'],
    [{ position: 999_999_999_999_999, changeId: 999_999_999_999_999 }, null],
  ])('%j is written and read back', (cursor, text) => {
    const written = writeCursor(cursor);
    if (text !== null) expect(written).toBe(text);
    expect(written).toMatch(/^[\w-]+$/);
    expect(readCursor(written)).toEqual(cursor);
  });

  it.each([
    ['', 'x', '1.2.3', 'MS4xMi43='],
    [
      '1.0.7',
      '1.7.0',
      '2.1.1',
      '1.1',
      '1.1.1.1',
      '1.-1.1',
      '11.1.1',
      'a1.1.1',
      '1.1.1a',
      '1x1.1',
      '1.1x1',
    ].map(toOpaque),
    [`1.${'1'.repeat(16)}.1`, `1.1.${'1'.repeat(16)}`].map(toOpaque),
  ])('none of ours is read: %s', (...texts) => {
    for (const text of texts) expect([text, readCursor(text)]).toEqual([text, null]);
  });

  it('stands in an address as it is, in one way of writing only', () => {
    expect(toOpaque('>>>???')).toBe('Pj4-Pz8_');
    expect(fromOpaque('Pj4-Pz8_')).toBe('>>>???');
    expect(toOpaque('a')).toBe('YQ');
    expect(fromOpaque('YQ')).toBe('a');
    for (const text of ['YR', 'YQ==', 'Pj4+Pz8/', 'Y', '', 'YQ ', 'Y=Q', `${'YWFh'.repeat(100)}YQ`])
      expect([text, fromOpaque(text)]).toEqual([text, null]);
    expect(fromOpaque('YWFh'.repeat(100))).toBe('aaa'.repeat(100));
  });
});

describe('P11: what programs outside get', () => {
  it('is a trial without marks of contacts and tables', () => {
    const trial = someTrial({
      contacts: ['aa01'],
      resultsHash: 'bb02',
      sites: [someSite({ contacts: ['cc03'] })],
      unread: ['contacts', 'title', 'resultsHash'],
    });
    const open = openTrial(trial);
    const { contacts: _, resultsHash: __, ...rest } = trial;
    const { contacts: ___, ...site } = someSite();
    expect(open).toEqual({ ...rest, sites: [site], unread: ['title'] });
  });

  it('says of contacts only that they changed', () => {
    const told = { ...change('contacts', 'contacts', 'bb02'), before: 'aa01' };
    expect(openChange(told)).toEqual(change('contacts', 'contacts'));
    expect(openChange({ ...told, facet: 'title' })).toEqual({ ...told, facet: 'title' });
  });
});

describe('who may use the admins’ pages', () => {
  const lists = { adminEmails: ['Ann@example.net'], viewerEmails: ['bob@example.net', 'ann@example.net'] };

  it('is found by any spelling of the address, under the one configured, in the greater role', () => {
    expect(findStaff(lists, ' ANN@example.NET ')).toEqual({ email: 'Ann@example.net', role: 'admin' });
    expect(findStaff(lists, 'Bob@example.net')).toEqual({ email: 'bob@example.net', role: 'viewer' });
    expect(findStaff(lists, 'eve@example.net')).toBeNull();
    expect(findStaff({ adminEmails: [], viewerEmails: [] }, '')).toBeNull();
  });
});

describe('D9: whom to talk to is said', () => {
  it.each([
    ['status', 'status', 'ACTIVE_NOT_RECRUITING'],
    ['status', 'status', 'SUSPENDED'],
    ['status', 'why-stopped', 'Supply'],
    ['sites', 'site-removed', null],
    ['sites', 'site-status', 'TERMINATED'],
    ['sites', 'site-status', 'ENROLLING_BY_INVITATION'],
  ] as [Change['facet'], string, Json][])('with %s, %s, %s', (facet, kind, after) => {
    expect(needsAdvice(change(facet, kind, after))).toBe(true);
  });

  it.each([
    ['status', 'status', 'RECRUITING'],
    ['status', 'status', 'WITHDRAWN'],
    ['status', 'status', 'COMPLETED'],
    ['status', 'status', 'UNKNOWN'],
    ['sites', 'site-added', null],
    ['sites', 'site-status', 'RECRUITING'],
    ['expanded-access', 'expanded-access', false],
    ['expanded-access', 'expanded-access', null],
    ['expanded-access', 'expanded-access', 'TEMPORARILY_NOT_AVAILABLE'],
    ['expanded-access', 'expanded-access', true],
    ['expanded-access', 'expanded-access', 'AVAILABLE'],
    ['title', 'title', 'SUSPENDED'],
    ['dates', 'start-date', null],
  ] as [Change['facet'], string, Json][])('not with %s, %s, %s', (facet, kind, after) => {
    expect(needsAdvice(change(facet, kind, after))).toBe(false);
  });
});

describe('D2: long lists of changes', () => {
  const site = (country: string, kind = 'site-added', isFar = false) => ({
    change: {
      ...change('sites', kind, kind === 'site-removed' ? null : 'RECRUITING'),
      site: makeSite({ country }),
    },
    isFar,
  });
  const minor = (facet: Change['facet']) => ({ change: change(facet, facet), isFar: false });
  const many = (count: number, country = 'Chad') => Array.from({ length: count }, () => site(country));

  it('show six sites and count the others by kind and country', () => {
    expect(foldChanges(many(6))).toMatchObject({ changes: { length: 6 }, folded: [] });
    const { changes, folded } = foldChanges([
      ...many(7),
      site('Norway'),
      site('Chad'),
      site('Chad', 'site-removed'),
    ]);
    expect(changes).toHaveLength(6);
    expect(folded).toEqual([
      { facet: 'sites', kind: 'site-added', count: 2, country: 'Chad' },
      { facet: 'sites', kind: 'site-added', count: 1, country: 'Norway' },
      { facet: 'sites', kind: 'site-removed', count: 1, country: 'Chad', needsAdvice: true },
    ]);
  });

  it('fold far sites apart, and do not count them among the six', () => {
    const { changes, folded } = foldChanges([site('Chad', 'site-added', true), ...many(7)]);
    expect(changes).toHaveLength(6);
    expect(folded).toEqual([
      { facet: 'sites', kind: 'site-added', count: 1, country: 'Chad', isFar: true },
      { facet: 'sites', kind: 'site-added', count: 1, country: 'Chad' },
    ]);
  });

  it('show two minor changes, and make one line a facet of more; major ones are always shown', () => {
    expect(foldChanges([minor('title'), minor('sponsor')]).changes).toHaveLength(2);
    const beside = [minor('status'), minor('dates'), minor('title'), minor('sponsor')];
    expect(foldChanges(beside)).toEqual({ changes: beside.map(({ change: one }) => one), folded: [] });
    const { changes, folded } = foldChanges(
      [
        'status',
        'dates',
        'results',
        'expanded-access',
        'registration',
        'enrollment',
        'sites',
        'title',
        'sponsor',
        'title',
      ].map((facet) => minor(facet as Change['facet'])),
    );
    expect(changes.map(({ facet }) => facet)).toEqual([
      'status',
      'dates',
      'results',
      'expanded-access',
      'registration',
      'enrollment',
      'sites',
    ]);
    expect(folded).toEqual([
      { facet: 'title', kind: 'title', count: 2 },
      { facet: 'sponsor', kind: 'sponsor', count: 1 },
    ]);
  });

  it('D9: keep that one of them must not be told without whom to talk to', () => {
    const closing = {
      change: { ...site('Chad').change, kind: 'site-status', after: 'TERMINATED' },
      isFar: true,
    };
    const opening = { change: { ...closing.change, after: 'RECRUITING' }, isFar: true };
    for (const both of [
      [closing, opening],
      [opening, closing],
    ])
      expect(foldChanges(both).folded).toEqual([
        { facet: 'sites', kind: 'site-status', count: 2, country: 'Chad', isFar: true, needsAdvice: true },
      ]);
  });
});

describe('registry text between marks', () => {
  const span = (text: string) => `<span lang="en">${text}</span>`;

  it('becomes an element of its language; nothing becomes nothing', () => {
    expect(showMarks(`<p>Ein ${markRegistryText('trial')} und ${markRegistryText('more')}</p>`)).toBe(
      `<p>Ein ${span('trial')} und ${span('more')}</p>`,
    );
    expect(markRegistryText('')).toBe('');
    expect(showMarks('<p>plain</p>')).toBe('<p>plain</p>');
  });

  it('is bare where no element can stand', () => {
    const text = markRegistryText('trial');
    for (const name of ['title', 'option', 'textarea', 'script', 'style'])
      expect(showMarks(`<${name} a="1">${text}\n${text}</${name}>${text}`)).toBe(
        `<${name} a="1">trial\ntrial</${name}>${span('trial')}`,
      );
    expect(showMarks(`<img alt="${text}"><titles>${text}</titles>`)).toBe(
      `<img alt="trial"><titles>${span('trial')}</titles>`,
    );
  });

  it('cannot be opened or closed from within, and a mark alone is dropped', () => {
    const hostile = '\u{FDD0}a\u{FDD1}b\u{FDD0}';
    expect(showMarks(markRegistryText(hostile))).toBe(span('ab'));
    expect(showMarks(`${hostile}<br>\u{FDD1}`)).toBe(`${span('a')}b<br>`);
    expect(showMarks('\u{FDD1}a')).toBe('a');
  });

  it('is found, and can be had without', () => {
    expect(hasMarks(markRegistryText('a'))).toBe(true);
    expect(hasMarks('a')).toBe(false);
    expect(dropMarks(`x ${markRegistryText('a')} ${markRegistryText('b')}`)).toBe('x a b');
    expect(dropMarks('a\u{FDD1}')).toBe('a');
    expect(dropMarks('plain')).toBe('plain');
  });
});
