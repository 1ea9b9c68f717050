import { describe, expect, it } from 'vitest';
import { allVariables } from '../../../src/config/variables.ts';
import { generatedSections, readGenerated, withSection } from '../../support/generated.ts';

describe('the generated parts', () => {
  it.each(generatedSections.map((one) => [one.file, one] as const))(
    'of %s are current (npm run generate)',
    (_file, section) => {
      const text = readGenerated(section);
      expect(text).toBe(withSection(text, section));
    },
  );

  it('explain every variable, and pass each to the containers unless compose omits it', () => {
    const [document, ...compose] = generatedSections.map(readGenerated);
    for (const [name, { inCompose }] of Object.entries(allVariables)) {
      expect(document).toContain(`| \`${name}\` |`);
      for (const file of compose)
        if (inCompose !== 'omitted') expect(file).toMatch(new RegExp(`^ +${name}: \\$\\{${name}:`, 'm'));
    }
  });

  it.each(generatedSections.map((one) => [one.file, one] as const))(
    'of %s differ once a variable is left out',
    (_file, section) => {
      const text = readGenerated(section);
      const broken = text.replace(/^.*\bMIN_AGE\b.*\n/gm, '');
      expect(broken).not.toBe(text);
      expect(broken).not.toBe(withSection(broken, section));
      expect(() => withSection(text.replace(section.end, ''), section)).toThrow(/lacks the lines/);
    },
  );
});
