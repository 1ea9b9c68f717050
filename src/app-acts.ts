import type { Context } from './jobs/context.ts';
import { openTrialFetcher } from './jobs/fetch-trial.ts';
import { interpret } from './jobs/resolve.ts';
import type { Acts } from './web/parts.ts';

/** What pages may have done by the rooms they do not know. */
export function openActs(context: Context): Acts {
  return {
    understand: async (text) => {
      const understanding = await interpret(context, text);
      if (understanding.kind === 'no-number') throw new Error('a condition needs no number');
      return understanding;
    },
    findTrialId: (text) => {
      for (const registry of context.registries.values()) {
        const id = registry.findId(text);
        if (id) return { registry: registry.id, id };
      }
      return null;
    },
    fetchTrial: openTrialFetcher(context),
    recordUrl: (registry, id) => context.registries.get(registry)?.recordUrl(id) ?? context.config.baseUrl,
    ringRequest: async (requestId) => {
      await context.ring('requests', { requestId });
    },
  };
}
