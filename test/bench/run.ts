import { printComparing } from './compare.ts';
import { benchReading } from './reading.ts';

// `npm run bench`: ratios against a ceiling measured in the same run, since machines differ and are shared.
const row = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const rounded = (value: number, digits = 2) => value.toFixed(digits);

console.log(
  'Reading records over HTTP into the database. The ceiling: JSON.parse of the same bytes, and one plain bulk',
);
console.log('insert of the same rows.\n');
row(['trials', 'MB of JSON', 'trials/s', 'ceiling, trials/s', 'of the ceiling', 'peak memory, MB']);
row(['--:', '--:', '--:', '--:', '--:', '--:']);
for (const count of [5_000, 20_000, 60_000]) {
  const result = await benchReading(count);
  const perSecond = result.count / result.seconds;
  const ceiling = result.count / result.ceilingSeconds;
  row([
    result.count,
    rounded(result.megabytes, 0),
    rounded(perSecond, 0),
    rounded(ceiling, 0),
    rounded(perSecond / ceiling),
    rounded(result.peakMegabytes, 0),
  ]);
}

console.log('\nComparing recorded pairs, given two stored Trials; processor time.\n');
printComparing();

console.log('\nMatching a trial against what people follow.\n');
await import('./match.ts');
