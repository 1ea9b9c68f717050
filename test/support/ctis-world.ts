import { afterEach } from 'vitest';
import type { CtisTrial } from '../../src/demo/ctis-trial.ts';
import { type RecordedCtis, serveRecordedCtis } from '../../src/demo/recorded-ctis.ts';
import { type PollResult, pollRegistry } from '../../src/jobs/ingest/poll.ts';
import type { Registry } from '../../src/registries/registry.ts';
import { useWorlds, type World, type WorldOptions } from './world.ts';

/** A world whose EU register is a recorded one. */
export type CtisWorld = World & {
  portal: RecordedCtis;
  ctis: Registry;
  /** Polls the EU register at an instant. */
  pollCtis(at: string): Promise<PollResult>;
};

/** Opens such worlds in a test file, each with these trials, and closes them after their tests. */
export function useCtisWorlds(): (trials: CtisTrial[], options?: WorldOptions) => Promise<CtisWorld> {
  const openWorld = useWorlds();
  const portals: RecordedCtis[] = [];
  afterEach(async () => {
    for (const portal of portals.splice(0)) await portal.close();
  });
  return async (trials, options) => {
    const portal = await serveRecordedCtis(trials);
    portals.push(portal);
    const world = await openWorld({ ...options, registries: { ctis: { url: portal.url, paceMs: 0 } } });
    const ctis = world.context.registries.get('ctis');
    if (!ctis) throw new Error('no EU register');
    return {
      ...world,
      portal,
      ctis,
      async pollCtis(at) {
        world.setNow(at);
        const polled = await pollRegistry(world.context, ctis);
        if (!polled) throw new Error('another holder reads this registry');
        return polled;
      },
    };
  };
}
