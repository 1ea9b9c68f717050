import { describe, expect, it } from 'vitest';
import type { Trial } from '../../../src/core/trial.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { storeElsewhere, trialElsewhere } from '../../support/second-registry.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const [nct, eu] = ['NCT09900001', '2024-512345-67-00'];
const named: StudyParts = { title: 'Exampline for Asthma', numbers: ['2024-512345-67'] };

/** What both registries say on a day. Null: the record is as before. */
type Day = { ours?: StudyParts; theirs?: Partial<Trial> };

/** Ann follows asthma from day 2 on, when both registries hold the trial, and is mailed every day. */
async function tell(days: Record<number, Day>): Promise<{ world: World; mails: Record<number, string> }> {
  const world = await open(onDayTwo([study(nct, named)]));
  const theirs: Partial<Trial> = {};
  const store = () => storeElsewhere(world, trialElsewhere(study(nct, named), 'ctis', eu, theirs));
  await store();
  await world.subscribe('ann@example.net', { conditions: ['asthma'], frequency: 'daily', hour: 12 });
  await world.round();
  const mails: Record<number, string> = {};
  let ours: StudyParts = named;
  let seen = (await world.mails()).length;
  for (const [n, said] of Object.entries(days)) {
    if (said.ours) ours = { ...ours, ...said.ours, updatedOn: day(Number(n)) };
    turnTo(world, Number(n), [study(nct, ours)]);
    Object.assign(theirs, said.theirs, said.theirs ? { lastUpdatePostedOn: day(Number(n)) } : {});
    await store();
    world.setNow(`${day(Number(n))}T13:00:00Z`);
    await world.round();
    const all = await world.mails();
    mails[Number(n)] = all
      .slice(seen)
      .map(({ text }) => (text ?? '').replace(/\s+/g, ' '))
      .join('\n');
    seen = all.length;
  }
  return { world, mails };
}

describe('one trial in two registries, in the mails', () => {
  it('X8: one card has a line for each registry, and the fact both tell at once is told once', async () => {
    const { mails } = await tell({
      3: {
        ours: { status: 'SUSPENDED' },
        theirs: {
          status: 'SUSPENDED',
          completionDate: { date: '2029-01-31', precision: 'day', type: 'ESTIMATED' },
        },
      },
    });
    const mail = mails[3] ?? '';
    expect(mail.match(/Exampline for Asthma/g)).toHaveLength(1);
    expect(mail.match(/paused/gi)?.length).toBeGreaterThan(0);
    expect(mail).toContain(`Also listed as ${eu} (EU registry): paused`);
    expect(mail).toContain('It says the same.');
    expect(mail.match(/talk to the study team/g)).toHaveLength(1);
  });

  it('X8: a fact that the other registry tells within two weeks is not told again, and another one is', async () => {
    const { mails } = await tell({
      3: { ours: { status: 'SUSPENDED' } },
      5: { theirs: { status: 'SUSPENDED' } },
      6: { theirs: { status: 'TERMINATED', whyStopped: 'Safety.' } },
      7: { ours: { status: 'TERMINATED' } },
      8: { ours: { whyStopped: 'Money.' } },
    });
    expect(mails[3]).toContain(`Also listed as ${eu} (EU registry): recruiting.`);
    expect(mails[5]).toBe('');
    expect(mails[6]).toMatch(/stopped early/i);
    expect(mails[6]).toContain(`Also listed as ${nct} (ClinicalTrials.gov): paused`);
    expect(mails[7]).toBe('');
    expect(mails[8]).toContain('Money.');
  });

  it('X8: after two weeks it is told', async () => {
    const { mails } = await tell({
      3: { ours: { status: 'SUSPENDED' } },
      18: { theirs: { status: 'SUSPENDED' } },
    });
    expect(mails[18]).toMatch(/paused/i);
  });
});
