import { expect, it } from 'vitest';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { runProgram, testKey } from '../../support/program.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
const other = 'NCT09900002';

const run = (world: World, ...args: string[]) =>
  runProgram(['quarantine', ...args], {
    DATABASE_URL: world.databaseUrl,
    SECRET_KEY: testKey,
    DATA_DIR: world.context.config.dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: world.recorded.url,
  });

it('C9: quarantine lists records with their reason, shows the raw text, and is empty after recovery', async () => {
  const world = await open(onDayTwo([study(id), study(other)]));
  await world.subscribe('ann@example.net', { trials: [id, other] });
  const bad = study(id, { updatedOn: day(3) });
  bad.protocolSection.statusModule.overallStatus = 'MOSTLY_RECRUITING';
  const rest = study(other, { updatedOn: day(3), enrollment: 300 });
  turnTo(world, 3, [bad, rest]);
  const round = await world.round();
  expect(round.ok).toBe(true);
  expect(round.result.registries.ctgov).toMatchObject({ outcome: 'completed', quarantined: 1, changed: 1 });
  // Retried with the next refresh, though its update date has left the window.
  turnTo(world, 12, [bad, rest]);
  await world.round();
  const [list, raw, none] = await Promise.all([run(world), run(world, id.toLowerCase()), run(world, other)]);
  expect(list.code).toBe(0);
  expect(list.stdout).toMatch(
    /^trial\s+times\s+last seen \(UTC\)\s+reason\nNCT09900001\s+2\s+2026-11-12 12:00\s+Status module, overall status/,
  );
  expect(list.stdout).toContain('read again at the next refresh');
  expect(JSON.parse(raw.stdout)).toMatchObject({
    protocolSection: { statusModule: { overallStatus: 'MOSTLY_RECRUITING' } },
  });
  expect(raw.stderr).toContain('Status module, overall status');
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toContain(`${other} is not in quarantine. See: trialbell quarantine`);
  turnTo(world, 13, [study(id, { updatedOn: day(3), status: 'COMPLETED' }), rest]);
  await world.round();
  const recovered = await run(world, '--json');
  expect(JSON.parse(recovered.stdout)).toEqual([]);
  expect((await world.changes(id)).map(({ change }) => change.after)).toEqual(['COMPLETED']);
  expect((await world.mails('ann@example.net')).at(-1)?.text).toContain('→ ✓ completed');
});
