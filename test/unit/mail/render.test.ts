import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { DigestTrial } from '../../../src/core/digests/digest.ts';
import { htmlLimitBytes, renderMail } from '../../../src/mail/render.ts';
import { linksOf, unwrapText, visibleBlocks } from '../../support/html-text.ts';
import { context, digestData, renderSample } from '../../support/mail-samples.ts';
import {
  makeCard,
  makeDigest,
  makeItems,
  pauseChange,
  reasonCondition,
  reasonTrial,
  statusChange,
} from '../../support/trial-samples.ts';

const digestOf = (...trials: Parameters<typeof makeDigest>[0]) =>
  renderMail('digest', digestData(makeDigest(trials)), context);

describe('a digest', () => {
  it('D9: its first line states the present facts', () => {
    const paused: Change = { facet: 'status', kind: 'status', before: 'RECRUITING', after: 'SUSPENDED' };
    const { text } = digestOf({}, { card: makeCard({ id: 'NCT00000002' }), changes: [paused] });
    expect(unwrapText(text)).toMatch(
      /^2 trials you follow changed in the registry 1 trial is now listed as recruiting and 1 trial is now listed as paused\./,
    );
  });

  it('D9: from three trials on it begins with an index of what is so, gives the advice once, and each reason once', () => {
    const trial = (n: number, changes: Change[], id = `NCT0000000${n}`) => ({
      card: makeCard({ id }),
      changes,
    });
    const sites = (n: number) =>
      trial(n, [{ facet: 'countries', kind: 'country-added', before: null, after: null, country: 'Spain' }]);
    const three = digestOf(trial(1, [pauseChange]), trial(2, [statusChange]), trial(3, [pauseChange]));
    for (const part of [visibleBlocks(three.html).join(' '), unwrapText(three.text)]) {
      expect(part).toMatch(
        /^3 trials you follow changed in the registry Now listed as recruiting: trial 1 Now listed as paused: trials 2, 3 Registry data/,
      );
      expect(part.match(/talk to the study team/g)).toHaveLength(1);
      expect(part).toContain('If you take part in one of these trials, talk to the study team');
      expect(part.match(/You have followed this trial since/g)).toHaveLength(1);
      expect(part).toMatch(/Trials 1–3: You have followed this trial since/);
      expect(part).toMatch(/1\. .*NCT00000002.*2\. .*NCT0000000[13].*3\. /);
      expect(part).toContain('Status: ○ not yet recruiting → ● recruiting');
    }
    expect(linksOf(three.html).filter((link) => link.includes('/compare?'))).toHaveLength(3);
    // Many are shorter: the title is the link, under the heading of its kind.
    const six = digestOf(...[1, 2, 3].map((n) => trial(n, [statusChange])), ...[4, 5, 6].map(sites));
    expect(linksOf(six.html).filter((link) => link.includes('/compare?'))).toEqual([]);
    expect(six.html.match(/<h2 class="kind">/g)).toHaveLength(2);
    expect(unwrapText(six.text)).toContain('Now listed as recruiting: trials 1–3');
  });

  it('a change is old → new, readable without any style; a sentence stands beside it only where it says more', () => {
    const unknown: Change = {
      ...pauseChange,
      after: 'UNKNOWN',
      lastKnownStatus: 'RECRUITING',
      verifiedOn: '2024-10',
    };
    const { html, text } = digestOf({ changes: [pauseChange] });
    const bare = html.replace(/<style>[\s\S]*?<\/style>|\s(?:style|class)="[^"]*"/g, '');
    for (const part of [visibleBlocks(bare).join(' '), unwrapText(text)]) {
      expect(part).toContain('Status: ● recruiting → ‖ paused');
      expect(part).not.toContain('Now listed as paused');
    }
    expect(unwrapText(digestOf({ changes: [unknown] }).text)).toContain(
      'Status: ● recruiting → ◌ status unknown Status now unknown',
    );
  });

  it('D3: names the subscription, its beginning in the reader’s zone, and the match', () => {
    const { text } = digestOf({
      reasons: [
        reasonTrial,
        reasonCondition,
        { ...reasonCondition, words: 'ALL', match: { by: 'phrase', words: 'acute lymphoblastic leukaemia' } },
        { ...reasonCondition, match: { by: 'concept', words: 'Burkitt Lymphoma' } },
        {
          ...reasonCondition,
          since: '2026-01-31T23:30:00.000Z',
          match: { by: 'concept', words: 'Lymphoma' },
        },
      ],
    });
    const plain = unwrapText(text);
    expect(plain).toContain('You have followed this trial since May 3, 2026.');
    expect(plain).toContain(
      'You have followed “leukemia” since September 14, 2026. The registry files this trial under “Precursor Cell Lymphoblastic Leukemia-Lymphoma”, a more specific term.',
    );
    expect(plain).toContain(
      'This trial’s title or list of conditions uses the words “acute lymphoblastic leukaemia”.',
    );
    expect(plain).toContain('It also matches 2 more things you follow.');
    const late = digestOf({ reasons: [{ ...reasonTrial, since: '2026-01-31T23:30:00.000Z' }] });
    expect(unwrapText(late.text)).toContain('since February 1, 2026');
  });

  it('D4: states the data’s day, when it was read, and when the sponsor last confirmed', () => {
    const plain = unwrapText(digestOf({}).text);
    expect(plain).toContain(
      'Registry data from November 20, 2026, read on November 20, 2026 at 3:30 PM Germany Time.',
    );
    expect(plain).toContain('Last confirmed by the sponsor: November 2026 (this month).');
  });

  it.each([
    ['2026-11-21', 'November 21, 2026 (this month)'],
    ['2026-10', 'October 2026 (1 month ago)'],
    ['2024-12', 'December 2024 (23 months ago)'],
    ['2024-11', 'November 2024 (24 months ago)'],
    ['2024-10', 'October 2024 (more than 2 years ago)'],
    ['2027-01', 'January 2027'],
  ])('D4: how long ago the sponsor confirmed: %s is %s', (verifiedOn, said) => {
    const { html, text } = digestOf({ card: makeCard({ verifiedOn }) });
    for (const part of [visibleBlocks(html).join(' '), unwrapText(text)])
      expect(part).toContain(`Last confirmed by the sponsor: ${said}.`);
  });

  it('D4: a record past its completion date or long unverified carries a warning in words', () => {
    const card = makeCard({
      verifiedOn: '2021-12',
      completionDate: { date: '2024-02-29', precision: 'day', type: 'ESTIMATED' },
    });
    const plain = unwrapText(digestOf({ card }).text);
    expect(plain).toContain(
      'The completion date in this record (February 29, 2024) has passed, but the trial is still listed as recruiting.',
    );
    expect(plain).toContain(
      'last confirmed this record in December 2021, more than 4 years ago. It may no longer be right.',
    );
    expect(unwrapText(digestOf({}).text)).not.toContain('Please note');
  });

  it('each trial links to its versions side by side, its official record, and to less of what brought it', () => {
    const items = [
      ...makeItems([statusChange], { version: 7 }),
      ...makeItems([pauseChange], { version: 9, subscriptionId: 2 }),
    ];
    const { html, text } = digestOf({ items, reasons: [reasonCondition, reasonTrial] });
    const links = [
      'https://bell.example.org/trials/NCT05164042/compare?from=6&to=9',
      'https://clinicaltrials.gov/study/NCT05164042',
      'https://bell.example.org/unsubscribe/c3RvcC1pdA/1',
    ];
    for (const link of links) {
      expect(linksOf(html)).toContain(link);
      expect(text).toContain(`\n${link}\n`);
    }
    // A first version has none before it.
    const first = digestOf({ items: makeItems([statusChange], { version: 1 }) });
    expect(linksOf(first.html).filter((link) => link.includes('compare'))).toEqual([]);
  });

  it('D11: source, our words, no evaluation by the government, no medical advice, in both parts', () => {
    const { html, text } = digestOf({});
    for (const part of [visibleBlocks(html).join(' '), unwrapText(text)]) {
      expect(part).toContain('Source: ClinicalTrials.gov, data from November 20, 2026, read on');
      expect(part).toContain('Our sentences are shortened and in our own words');
      expect(part).toContain('Being listed does not mean that the U.S. government has evaluated the study.');
      expect(part).toContain('not medical advice');
    }
  });

  it('D5: with more than fits, the weightiest are shown, and it says how many more there are and where', () => {
    const trials = Array.from({ length: 200 }, (_, n) => ({
      card: makeCard({ id: `NCT${String(n).padStart(8, '0')}` }),
      changes: [n < 150 ? ({ ...statusChange, after: 'COMPLETED' } as Change) : statusChange],
    }));
    const { html, text, subject } = digestOf(...trials);
    const shown = html.match(/<h3>/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(50);
    expect(shown).toBeLessThan(200);
    expect(subject).toBe('200 trials you follow changed in the registry');
    for (const part of [visibleBlocks(html).join(' '), unwrapText(text)])
      expect(part).toContain(
        `${200 - shown} more trials have changes. They belong to this email, and we do not send them again:`,
      );
    expect(linksOf(html)).toContain('https://bell.example.org/digests/dGhlLWRpZ2VzdA');
    const opened = trials.slice(150).map(({ card }) => card.id);
    for (const id of opened) expect(html).toContain(id);
    expect(text.match(/^NCT\d{8}, /gm)).toHaveLength(shown);
  });

  it('L3: a flood of changes stays within what providers take', () => {
    const trials = Array.from({ length: 3501 }, (_, n) => ({
      card: makeCard({ id: `NCT${String(n).padStart(8, '0')}` }),
    }));
    const { html, text } = digestOf(...trials);
    expect(Buffer.byteLength(html)).toBeLessThan(htmlLimitBytes);
    expect(Buffer.byteLength(text)).toBeLessThan(htmlLimitBytes);
  });

  it('C16, L16: hostile registry text is inert', () => {
    const { html, text } = renderSample('hostile');
    expect(html).not.toMatch(/<script|<img|onerror=alert\(2\)>/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/href="(?!https:\/\/)/);
    expect(text).not.toContain('\nBcc:');
    expect(html).toContain('&lt;%= it.x %&gt; {count} {{x}} %s');
    expect(Buffer.byteLength(html)).toBeLessThan(20_000);
  });

  it('demo mails say in both parts and the subject that the changes are made up', () => {
    const mail = renderSample('demo');
    for (const part of [mail.html, mail.text])
      expect(part).toContain('This is a demonstration. These changes are made up.');
    expect(mail.subject).toMatch(/^Demonstration: /);
    expect(digestOf({}).text).not.toContain('Demonstration');
  });

  it('new trials come with quick facts, without codes', () => {
    const items = makeItems([statusChange], { kind: 'entered' });
    const plain = unwrapText(digestOf({ items, reasons: [reasonCondition] }).text);
    expect(plain).toContain('New to you: it matches what you follow. Listed as recruiting.');
    expect(plain).toContain(
      'Interventional study (something is tested); phase 1 and phase 2; 20 participants planned; ages 14 to 70 years; conditions: Relapsed/refractory B-ALL; 3 sites in China and Italy; sponsor: Shenzhen University General Hospital.',
    );
  });

  it('C11: a record that is gone is not linked to', () => {
    const { html, text } = digestOf({
      changes: [{ facet: 'registration', kind: 'removed', before: null, after: null }],
    });
    expect(linksOf(html).filter((url) => url.includes('clinicaltrials.gov'))).toEqual([]);
    expect(unwrapText(text)).toContain('NCT05164042, no longer in the registry');
  });

  it('subjects count changed and new trials', () => {
    const added = (id: string) => ({
      card: makeCard({ id }),
      items: makeItems([statusChange], { kind: 'entered' }),
      reasons: [reasonCondition],
    });
    expect(digestOf({}).subject).toBe('1 trial you follow changed in the registry');
    expect(digestOf(added('NCT1')).subject).toBe('1 new trial matches what you follow');
    expect(digestOf(added('NCT1'), added('NCT2')).subject).toBe('2 new trials match what you follow');
    expect(digestOf({}, added('NCT1'), added('NCT2')).subject).toBe(
      '1 trial you follow changed in the registry, 2 are new',
    );
  });

  it('L6, D10: an error while rendering is thrown, and there is no mail', () => {
    const digest = makeDigest([{}]);
    const broken = {
      ...digest.trials[0],
      changes: [{ ...statusChange, facet: 'no such facet' }],
    } as unknown as DigestTrial;
    expect(() => renderMail('digest', digestData({ ...digest, trials: [broken] }), context)).toThrow(
      'no such facet',
    );
    expect(() => renderMail('digest', digestData(digest), { ...context, language: 'xx' })).toThrow('xx');
    const failing = {
      ...digestData(digest),
      recordUrl: () => {
        throw new Error('no address');
      },
    };
    expect(() => renderMail('digest', failing, context)).toThrow('no address');
  });
});

describe('the other mails', () => {
  it('P10: the confirmation names no condition, trial, place or note, and says what happens when it is ignored', () => {
    const { text, html } = renderSample('confirmation');
    const plain = unwrapText(text);
    expect(plain).toContain('https://bell.example.org/confirm/Y29uZmlybS1pdC1wbGVhc2U');
    expect(plain).toContain('we delete everything about this request after 7 days');
    for (const part of [plain, html])
      expect(part).not.toMatch(/trial(?!bell)|condition|NCT\d|registry|disease|patient|health/i);
  });

  it('an alert says what happened, when, and why it came', () => {
    const plain = unwrapText(renderSample('alert').text);
    expect(plain).toContain('the registry’s data is older than 48 hours');
    expect(plain).toContain('Noticed on November 20, 2026 at 3:30 PM Germany Time.');
    expect(plain).toContain('ADMIN_EMAILS');
  });

  it('an operator without address or contact leaves no hole', () => {
    const bare = { ...context, operator: { name: 'Bell', address: null, privacyContact: null } };
    const { text } = renderMail('link', { kind: 'confirmation', token: 'x' }, bare);
    expect(text).not.toMatch(/Address|null/);
  });
});

describe('a trial that is finished and has results', () => {
  const finished = makeCard({ status: 'COMPLETED', resultsPostedOn: '2026-11-19' });
  const results: Change = { facet: 'results', kind: 'results-posted', before: null, after: '2026-11-19' };

  it('offers to stop following exactly it, by a link that only leads toward fewer mails (P12)', () => {
    const { text, html } = digestOf({
      card: finished,
      changes: [results],
      reasons: [reasonCondition, { ...reasonTrial, subscriptionId: 77 }],
    });
    const offer = 'This trial is completed, and its results are posted. Stop following it';
    expect(unwrapText(text)).toMatch(
      new RegExp(`${offer}: https://bell\\.example\\.org/unsubscribe/[\\w-]+/77 `),
    );
    expect(html).toMatch(
      /completed, and its results are posted\. <a href="https:[^"]+\/unsubscribe\/[\w-]+\/77">/,
    );
  });

  it.each([
    ['that recruits', { card: makeCard({ resultsPostedOn: '2026-11-19' }), reasons: [reasonTrial] }],
    ['without results', { card: makeCard({ status: 'COMPLETED' as const }), reasons: [reasonTrial] }],
    ['that came by a condition', { card: finished, reasons: [reasonCondition] }],
  ])('a trial %s makes no such offer', (_, parts) => {
    expect(digestOf({ ...parts, changes: [results] }).text).not.toContain('Stop following it');
  });
});
