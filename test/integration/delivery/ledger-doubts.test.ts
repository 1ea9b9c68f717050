import { expect, it } from 'vitest';
import { closeAmbiguous, expireClaims, planDelivery } from '../../../src/db/delivery/deliveries.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();

it('R1: after our own sender died, the server still has its one further attempt', async () => {
  const world = await openWorld();
  const { db, keys, now } = world.context;
  const id = await planDelivery(db, {
    kind: 'alert',
    subscriberId: null,
    address: keys.encrypt('admin@example.org'),
    params: keys.encrypt('{}'),
    now: now(),
  });
  const at = now();
  const set = (values: { phase: 'body' | 'ambiguous'; reply: string | null; lease_until: string | null }) =>
    db
      .updateTable('deliveries')
      .set({ ...values, body_at: at })
      .where('id', '=', id)
      .execute();
  const phase = async () => {
    const found = await db.selectFrom('deliveries').select('phase').where('id', '=', id).executeTakeFirst();
    return found?.phase;
  };
  const died = async () => {
    await set({ phase: 'body', reply: null, lease_until: '2000-01-01T00:00:00Z' });
    expect(await expireClaims(db)).toEqual({ replanned: 0, ambiguous: 1 });
  };
  const unanswered = () => set({ phase: 'ambiguous', reply: 'No answer to the message', lease_until: null });

  for (const doubt of [died, died, unanswered]) {
    await doubt();
    await closeAmbiguous(db, at, at);
    expect(await phase()).toBe('retry');
  }
  await unanswered();
  await closeAmbiguous(db, at, at);
  expect(await phase()).toBe('ambiguous');
});
