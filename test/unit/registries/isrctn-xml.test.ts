import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXml } from '../../../src/registries/isrctn/xml.ts';
import { readIsrctn } from '../../support/isrctn-trial.ts';
import { isrctnAnswer, makeIsrctn } from '../../support/isrctn-xml.ts';

const answer = isrctnAnswer([makeIsrctn({ title: 'Möglichkeiten & <Grenzen> 😀' }), makeIsrctn()], 7);

describe('X2: the XML of the ISRCTN registry', () => {
  it('X2: is read the same wherever it is split', () => {
    const whole = readXml([answer]);
    expect(whole.total).toBe(7);
    expect(whole.records).toHaveLength(2);
    const places = fc.array(fc.nat(answer.length), { maxLength: 30 });
    fc.assert(
      fc.property(places, (cuts) => {
        const ends = [...cuts, answer.length].sort((a, b) => a - b);
        const chunks = ends.map((end, at) => answer.slice(ends[at - 1] ?? 0, end));
        expect(readXml(chunks)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('X2: a record of two megabytes is read whole, with its entities', () => {
    const inclusion = 'Aged ≥ 18 & < 80\n'.repeat(120_000);
    const { records } = readXml([isrctnAnswer([makeIsrctn({ inclusion })])]);
    const text = JSON.stringify(records[0]);
    expect(text.length).toBeGreaterThan(2_000_000);
    expect(text.match(/≥ 18 & < 80/g)).toHaveLength(120_000);
    const long = `${'x0'.repeat(1_000_000)} a@example.org`;
    expect(readIsrctn({ inclusion: long, publications: `2018 Results ${long}`, title: long }).ok).toBe(true);
  });

  it('X2: a prefix for the namespace is understood, and elements of other namespaces are left out', () => {
    const prefixed = answer
      .replace('xmlns=', 'xmlns:r=')
      .replace(/<(\/?)(\w+)/g, (_, slash, name) => `<${slash}r:${name}`);
    expect(readXml([prefixed])).toEqual(readXml([answer]));
    const stranger =
      '<x:title xmlns:x="urn:x"><title xmlns="http://www.67bricks.com/isrctn">no</title></x:title>';
    const mixed = answer.replaceAll('<acronym />', `<acronym />${stranger}`);
    expect(readXml([mixed])).toEqual(readXml([answer]));
  });

  const bomb = `<!DOCTYPE b [<!ENTITY a "${'x'.repeat(99)}"><!ENTITY c "&a;&a;&a;&a;">]>`;
  it.each([
    ['a document type, which could declare entities', `${bomb}${answer}`],
    ['an entity of nobody', answer.replace('Walking', '&c;')],
    ['an entity by the name of a property', answer.replace('Walking', '&constructor;')],
    ['a cut-off answer', answer.slice(0, -30)],
    ['a second document', `${answer}${answer}`],
    ['a web page', '<html><body><p>Maintenance<br></p></body></html>'],
    ['another vocabulary', answer.replace('67bricks', 'example')],
    ['no count', answer.replace(/ totalCount="\d+"/, '')],
    ['nothing', ''],
    [
      'thousands of levels',
      isrctnAnswer([`<fullTrial>${'<a>'.repeat(9_999)}${'</a>'.repeat(9_999)}</fullTrial>`]),
    ],
  ])('X2: refuses %s', (_, text) => {
    expect(() => readXml([text])).toThrow(/XML|document|count/);
  });
});
