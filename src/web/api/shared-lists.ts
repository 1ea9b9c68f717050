import { z } from 'zod';
import { listEntries } from '../../db/lists/entries.ts';
import { findList } from '../../db/lists/lists.ts';
import { ListAnswer } from './answers.ts';
import { sourcesOf } from './credits.ts';
import { answerJson, defineOperation, languageQuery, wordingOf } from './operation.ts';
import { problem } from './problem.ts';

const keptSeconds = 300;

export const readListOperation = defineOperation({
  name: 'readList',
  method: 'GET',
  path: '/api/v1/lists/{slug}',
  summary: 'A public list with what is on it',
  description:
    'Trials and conditions that a reader chose for others, with the reasons in their words. A list with a secret link is in no answer, and neither is who follows one.',
  params: z.strictObject({
    slug: z
      .string()
      .min(1)
      .max(200)
      .meta({ examples: ['trials-we-watch'] }),
  }),
  query: z.strictObject({ language: languageQuery }),
  success: { status: 200, description: 'The list', schema: ListAnswer },
  otherwise: [304, 404],
  act: async ({ params, query }, _visit, deps) => {
    const list = await findList(deps.db, { slug: params.slug });
    if (list === null || list.endedAt !== null) return problem('not-found', 'There is no such list.');
    const entries = await listEntries(deps.db, list.id);
    const wording = wordingOf(query.language, deps);
    const trials = entries.filter(({ kind }) => kind === 'trial');
    const sources = sourcesOf(
      wording,
      trials.map(({ registry }) => registry),
    );
    const url = `${deps.config.baseUrl.replace(/\/+$/, '')}/lists/${encodeURIComponent(params.slug)}`;
    return answerJson(
      {
        slug: params.slug,
        name: list.name,
        organization: list.organization,
        changedAt: list.changedAt,
        trials: trials.map((one) => ({
          registry: one.registry,
          id: one.registryId ?? one.words,
          title: one.title,
          status: one.status,
          reason: one.reason,
          addedAt: one.addedAt,
        })),
        conditions: entries
          .filter(({ kind }) => kind === 'condition')
          .map(({ words, conceptId, conceptTerm, reason, addedAt }) => ({
            words,
            conceptId,
            term: conceptTerm,
            reason,
            addedAt,
          })),
        feed: `${url}/feed.atom`,
        calendar: `${url}/calendar.ics`,
        url,
        sources,
        notice: [wording.say('about.advice'), ...sources.map(({ attribution }) => attribution)].join(' '),
      } satisfies z.input<typeof ListAnswer>,
      keptSeconds,
    );
  },
});
