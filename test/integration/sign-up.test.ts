import { afterEach, describe, expect, it } from 'vitest';
import { onDayTwo } from '../support/days.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { confirmPath, letWorkersWork, signUpForm } from '../support/sign-ups.ts';
import { study } from '../support/study.ts';
import { useWorlds, type World } from '../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';
const ann = 'ann@example.net';
const asthma = study(id, { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }] });

async function openPages(): Promise<{ world: World; pages: Pages }> {
  const world = await open(onDayTwo([asthma]));
  const pages = await servePages(world);
  served.push(pages);
  return { world, pages };
}

async function statesOf(world: World): Promise<string[]> {
  const rows = await world.context.db
    .selectFrom('subscriptions')
    .select(['kind', 'state'])
    .orderBy('id')
    .execute();
  return rows.map(({ kind, state }) => `${kind} ${state}`);
}

describe('signing up', () => {
  it('from the form over the mail to an active subscription that is watched', async () => {
    const { world, pages } = await openPages();
    await world.subscribe('first@example.net', { trials: [id] });
    const form = await pages.get(`/follow?trial=${id}`);
    expect(form.status).toBe(200);
    expect(form.text).toContain(`value="trial:${id}" checked`);
    expect(form.text).toMatch(/value="condition:Asthma">/);
    const asked = await pages.post(
      '/subscriptions',
      signUpForm(ann, [`trial:${id}`, 'condition:Asthma'], {
        trial: id,
        shown: '1',
        trial_frequency: 'daily',
        trial_facets: ['status'],
        condition_facets: ['status', 'sites'],
      }),
    );
    expect(asked.status).toBe(200);
    expect(asked.text).toContain(ann);
    await letWorkersWork(world);
    expect((await statesOf(world)).slice(1)).toEqual(['trial pending', 'condition pending']);
    const path = await confirmPath(world, ann);
    const shown = await pages.get(path);
    expect(shown.text).toContain('Asthma');
    const done = await pages.post(path, {});
    expect(done.status).toBe(200);
    expect(done.text).toContain('2 subscriptions are active now');
    await letWorkersWork(world);
    expect((await statesOf(world)).slice(1)).toEqual(['trial active', 'condition active']);
    const rows = await world.context.db
      .selectFrom('subscriptions')
      .select(['watching_since', 'facets'])
      .orderBy('id')
      .execute();
    expect(rows.map(({ watching_since }) => watching_since)).not.toContain(null);
    expect(rows.slice(1).map(({ facets }) => facets)).toEqual([['status'], ['status']]);
  });
});
