/** The bars of a chart, in the chart's own units. Empty values have no bar. */
export type Bars = {
  width: number;
  height: number;
  bars: { x: number; y: number; width: number; height: number }[];
};

const step = 10;
const gap = 2;
const height = 60;
/** Keeps one mail visible beside thousands. */
const leastHeight = 2;

/** Draws counts as bars, scaled to the highest. Null is a count that is not available. */
export function drawBars(values: readonly (number | null)[]): Bars {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const bars = values.flatMap((value, n) => {
    if (!value) return [];
    const tall = Math.max(leastHeight, Math.round((value / most) * height * 10) / 10);
    return [{ x: n * step + gap / 2, y: height - tall, width: step - gap, height: tall }];
  });
  return { width: values.length * step, height, bars };
}
