import { afterEach } from 'vitest';
import type { IsrctnFields } from './isrctn-xml.ts';
import { type RecordedIsrctn, serveRecordedIsrctn } from './recorded-isrctn.ts';
import { openWorld, type World } from './world.ts';

/** A world that reads a made-up ISRCTN registry alone. */
export type IsrctnWorld = World & { isrctn: RecordedIsrctn };

/** Opens such worlds in a test file, and always closes each after its test. */
export function useIsrctnWorlds(): (records: IsrctnFields[]) => Promise<IsrctnWorld> {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  return async (records) => {
    const isrctn = await serveRecordedIsrctn(records);
    closing.push(() => isrctn.close());
    const world = await openWorld({
      now: '2026-11-02T12:00:00Z',
      registries: { isrctn: { url: isrctn.url, paceMs: 0 } },
    });
    closing.unshift(() => world.close());
    return { ...world, isrctn };
  };
}
