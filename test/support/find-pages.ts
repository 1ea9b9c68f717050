import { afterEach } from 'vitest';
import { visibleBlocks } from './html-text.ts';
import { type Pages, servePages } from './pages.ts';
import { type StudyParts, study } from './study.ts';
import { useWorlds, type World, type WorldOptions } from './world.ts';

export const asthma = { id: 'D001249', term: 'Asthma' };

/** A study about one condition, with its heading. */
export function about(concept: { id: string; term: string }, parts: StudyParts = {}): StudyParts {
  return { conditions: [concept.term], meshes: [concept], ...parts };
}

/** The words of a page, one line per block. */
export function textOf(html: string): string {
  return visibleBlocks(html).join('\n');
}

/** Opens worlds with their pages in a test file, and closes them after each test. */
export function useServedWorlds() {
  const served: Pages[] = [];
  // This hook closes the pages before the worlds: hooks run in reverse order.
  const open = useWorlds();
  afterEach(async () => {
    for (const pages of served.splice(0)) await pages.close();
  });

  /** Serves the pages like a separate process. */
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
    /** A world that has silently read these trials about asthma. */
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
