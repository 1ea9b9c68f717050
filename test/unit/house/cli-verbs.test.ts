import { describe, expect, it } from 'vitest';
import { buildProgram, verbs } from '../../../src/cli.ts';

const namesOf = async (verb?: string) => (await buildProgram(verb)).commands.map((command) => command.name());

describe('the verbs of the command line', () => {
  it('are those of their modules, in the order of the help', async () => {
    expect(await namesOf()).toEqual(verbs);
  });

  it.each(verbs)('%s loads its own module', async (verb) => {
    const names = await namesOf(verb);
    expect(names).toContain(verb);
    expect(names.length).toBeLessThan(4);
  });

  it('are all there for the help and for a name that is none of them', async () => {
    expect(await namesOf('--help')).toEqual(verbs);
    expect(await namesOf('nonsense')).toEqual(verbs);
  });
});
