import { describe, expect, it } from 'vitest';
import { doInTurns } from '../../src/event-loop.ts';

describe('N6: long work in steps', () => {
  it('lets what waits in the event loop go first, and gives the result', async () => {
    let isCalled = false;
    setTimeout(() => {
      isCalled = true;
    });
    function* untilCalled() {
      // Without a turn this would count to its end.
      for (let steps = 0; steps < 1_000_000_000 && !isCalled; steps++) yield;
      return isCalled;
    }
    expect(await doInTurns(untilCalled())).toBe(true);
  });

  it('throws what a step throws', async () => {
    // biome-ignore lint/correctness/useYield: it fails before its first pause.
    function* failing(): Generator<undefined, void, undefined> {
      throw new RangeError('two different trials');
    }
    await expect(doInTurns(failing())).rejects.toThrow('two different trials');
  });
});
