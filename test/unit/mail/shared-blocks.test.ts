import { describe, expect, it } from 'vitest';
import { createMarkingWording } from '../../../src/mail/catalogue.ts';
import { renderMail } from '../../../src/mail/render.ts';
import { openSharedBlocks } from '../../../src/mail/shared-blocks.ts';
import { context, digestData, samples } from '../../support/mail-samples.ts';
import { makeCard, makeDigest, reasonCondition, reasonTrial } from '../../support/trial-samples.ts';

const wording = createMarkingWording('en');
const [trial] = makeDigest([{}]).trials;
if (!trial) throw new Error('a digest without a trial');
const day = '2026-11-20T15:00:00.000Z';

describe('what many digests have in common', () => {
  it('comes out as the same bytes, whether it was rendered before or not', () => {
    const shared = openSharedBlocks();
    for (const [state, { name, data, context: own = context }] of Object.entries(samples)) {
      const alone = renderMail(name, data, own);
      expect(renderMail(name, data, { ...own, shared }), state).toEqual(alone);
      expect(renderMail(name, data, { ...own, shared }), `${state}, again`).toEqual(alone);
    }
  });

  it('is worded once; personal parts are not shared', () => {
    const shared = openSharedBlocks();
    const first = shared.say(wording, trial, day);
    expect(shared.say(wording, structuredClone(trial), '2026-11-20T23:00:00.000Z')).toBe(first);
    let made = 0;
    const make = () => ({ html: String(++made), text: '' });
    expect(shared.render(first, make)).toBe(shared.render(first, make));
    expect(made).toBe(1);
    const mailTo = (reasons: (typeof reasonTrial)[]) =>
      renderMail('digest', digestData(makeDigest([{ reasons }])), { ...context, shared }).text;
    expect(mailTo([{ ...reasonCondition, words: 'my own words' }])).toContain('my own words');
    expect(mailTo([reasonTrial])).not.toContain('my own words');
  });

  it('differs by language, by day, by changes and by the trial’s present state', () => {
    const shared = openSharedBlocks();
    const words = [
      shared.say(wording, trial, day),
      shared.say(createMarkingWording('es'), trial, day),
      shared.say(wording, trial, '2026-11-21T00:00:00.000Z'),
      shared.say(wording, { ...trial, changes: [] }, day),
      shared.say(wording, { ...trial, card: makeCard({ title: 'Another' }) }, day),
      shared.say(wording, { ...trial, versions: { from: 7, to: 8 } }, day),
    ];
    expect(new Set(words).size).toBe(words.length);
  });

  it('is evicted if it was not used recently, so that memory stays flat', () => {
    const shared = openSharedBlocks(2);
    const say = (title: string) => shared.say(wording, { ...trial, card: makeCard({ title }) }, day);
    const [a, b] = [say('A'), say('B')];
    expect(say('A')).toBe(a);
    say('C');
    expect(say('A')).toBe(a);
    expect(say('B')).not.toBe(b);
  });
});
