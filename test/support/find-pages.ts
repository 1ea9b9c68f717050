import { afterEach } from 'vitest';
import { visibleBlocks } from './html-text.ts';
import { type Pages, servePages } from './pages.ts';
import { type StudyParts, study } from './study.ts';
import { useWorlds, type World, type WorldOptions } from './world.ts';

export const asthma = { id: 'D001249', term: 'Asthma' };

/** A study of one condition, filed under it. */
export function about(concept: { id: string; term: string }, parts: StudyParts = {}): StudyParts {
  return { conditions: [concept.term], meshes: [concept], ...parts };
}

/** The words of a page, a line a block. */
export function textOf(html: string): string {
  return visibleBlocks(html).join('\n');
}

/** What opens worlds with their pages in a test file; all are closed after each test. */
export function useServedWorlds() {
  const served: Pages[] = [];
  // Before the worlds are closed: hooks run last first.
  const open = useWorlds();
  afterEach(async () => {
    for (const pages of served.splice(0)) await pages.close();
  });

  /** The pages as a process of its own serves them. */
  const serve = async (world: World): Promise<Pages> => {
    const pages = await servePages({ ...world, context: world.another() });
    served.push(pages);
    return pages;
  };
  return {
    open,
    served,
    serve,
    async openPages(options?: WorldOptions): Promise<{ world: World; pages: Pages }> {
      const world = await open(options);
      return { world, pages: await serve(world) };
    },
    /** A world that has read these trials of asthma, all of them silently. */
    async readTrials(
      trials: Record<string, StudyParts>,
      options: WorldOptions = {},
    ): Promise<{ world: World; pages: Pages }> {
      const studies = Object.entries(trials).map(([id, parts]) => study(id, about(asthma, parts)));
      const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }], ...options });
      await world.subscribe('ann@example.net', { conditions: ['asthma'] });
      return { world, pages: await serve(world) };
    },
  };
}
