import { TrialbellError } from './errors.ts';
import { compareDigests } from './jobs/admin/compare-digests.ts';
import { previewDigest } from './jobs/admin/preview-digest.ts';
import type { Context } from './jobs/context.ts';
import { openTrialFetcher, readRecordNow } from './jobs/ingest/fetch-trial.ts';
import { reportCustomFailures } from './jobs/report-custom-failures.ts';
import { openFindIds, understandWords } from './jobs/subscribers/understand-input.ts';
import { enqueueReleased } from './use-cases/enqueue-released.ts';
import type { WebActions } from './web/http/web-deps.ts';

/** Connects the pages to the jobs and registries that they may not import. */
export function openWebActions(context: Context): WebActions {
  return {
    understandWords: (words) => understandWords(context, words),
    findTrialIds: openFindIds(context.registries),
    lookUpTrials: async (registryId, ids) => {
      const found = new Map<string, { id: string; title: string }>();
      const registry = context.registries.get(registryId);
      if (!registry || ids.length === 0) return found;
      for await (const { records } of registry.pages({ kind: 'ids', ids: [...ids] })) {
        for (const record of records) {
          if (!record.ok) continue;
          const { id, aliases, title } = record.trial;
          for (const name of [id, ...aliases]) found.set(name, { id, title });
        }
      }
      return found;
    },
    fetchTrial: openTrialFetcher(context),
    readAgain: async (registryId, id) => {
      const registry = context.registries.get(registryId);
      if (!registry) throw new TrialbellError(`There is no registry “${registryId}”.`);
      const record = await readRecordNow(context, registry, id);
      if (record === null) return { kind: 'not-known' };
      if (!record.ok) return { kind: 'set-aside', reason: record.reason };
      await enqueueReleased(context, context.now());
      return { kind: 'recovered' };
    },
    recordUrl: (registry, id) => context.registries.get(registry)?.recordUrl(id) ?? context.config.baseUrl,
    reportCustomFailures: (failures) => reportCustomFailures(context, failures),
    compareDigests: (how) => compareDigests(context, how),
    previewDigest: (subscriberId) => previewDigest(context, subscriberId),
  };
}
