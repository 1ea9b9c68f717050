/** A bar chart's bars in its own units; empty values have none. */
export type Bars = {
  width: number;
  height: number;
  bars: { x: number; y: number; width: number; height: number }[];
};

const step = 10;
const gap = 2;
const height = 60;
/** One mail beside thousands is seen too. */
const leastHeight = 2;

/** The bars of a row of counts, as high as the highest of them; null stands for a count that nobody kept. */
export function drawBars(values: readonly (number | null)[]): Bars {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const bars = values.flatMap((value, n) => {
    if (!value) return [];
    const tall = Math.max(leastHeight, Math.round((value / most) * height * 10) / 10);
    return [{ x: n * step + gap / 2, y: height - tall, width: step - gap, height: tall }];
  });
  return { width: values.length * step, height, bars };
}
