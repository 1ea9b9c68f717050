import { afterEach, expect, it } from 'vitest';
import type { Said } from '../../support/api.ts';
import { type Api, serveApi } from '../../support/api-world.ts';
import { storeElsewhere, trialElsewhere } from '../../support/second-registry.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();
const served: Api[] = [];
afterEach(async () => {
  for (const api of served.splice(0)) await api.close();
});

it('X8: the page of a trial offers its records elsewhere to follow, and the API names them with their evidence', async () => {
  const id = 'NCT09900001';
  const raw = study(id, { title: 'Exampline for Asthma', numbers: ['2024-512345-67', 'DRKS00027098'] });
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [raw] }] });
  await world.subscribe('ann@example.net', { trials: [id] });
  const eu = '2024-512345-67-00';
  await storeElsewhere(world, trialElsewhere(raw, 'ctis', eu, { status: 'SUSPENDED' }));
  const api = await serveApi(world);
  served.push(api);
  const page = await (await fetch(`${api.url}/trials/${id}`)).text();
  expect(page).toContain('Also listed elsewhere');
  expect(page).toContain(`<a href="/trials/${eu}">`);
  expect(page).toMatch(/2024-512345-67-00: (?:paused|suspended)/i);
  expect(page).toContain(`href="/follow?trial=${eu}"`);
  const spanish = await (await fetch(`${api.url}/trials/${id}?lang=es`)).text();
  expect(spanish).toContain('También está en otros registros');
  const form = await (await fetch(`${api.url}/follow?trial=${id}`)).text();
  expect(form).toMatch(new RegExp(`value="trial:${id}" checked>`));
  expect(form).toMatch(new RegExp(`value="trial:${eu}">.*the same trial in another registry`));
  const { json } = await api.get<Said['trial']>(`/api/v1/trials/${id}`);
  expect(json.links).toEqual([
    {
      registry: 'ctis',
      id: eu,
      same: true,
      rule: 'named',
      evidence: {
        numbers: ['2024-512345-67'],
        agreements: ['sponsor-and-start', 'title'],
        contradictions: [],
      },
      isStored: true,
    },
    {
      registry: 'drks',
      id: 'DRKS00027098',
      same: true,
      rule: 'named',
      evidence: { numbers: ['DRKS00027098'], agreements: [], contradictions: [] },
      isStored: false,
    },
  ]);
});
