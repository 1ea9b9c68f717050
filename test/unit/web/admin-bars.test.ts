import { describe, expect, it } from 'vitest';
import { drawBars } from '../../../src/web/admin/bars.ts';

describe('a bar chart', () => {
  it('is as high as its highest count, in proportion, from the ground up', () => {
    const { width, height, bars } = drawBars([10, 5, 0, 20]);
    expect(width).toBe(40);
    expect(bars.map((bar) => [bar.x, bar.height])).toEqual([
      [1, height / 2],
      [11, height / 4],
      [31, height],
    ]);
    for (const bar of bars) expect(bar.y + bar.height).toBe(height);
  });

  it('shows one beside thousands, and nothing for none or for what was not kept', () => {
    const { bars } = drawBars([100_000, 1, 0, null]);
    expect(bars).toHaveLength(2);
    expect(bars[1]?.height).toBeGreaterThanOrEqual(1);
    expect(drawBars([0, null]).bars).toEqual([]);
    expect(drawBars([]).bars).toEqual([]);
  });
});
