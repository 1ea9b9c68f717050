import { z } from 'zod';
import { type ReleaseCursor, readCursor, writeCursor } from '../../core/cursor.ts';
import { openChange } from '../../core/digests/outside.ts';
import { trialTopic } from '../../core/matching/topics.ts';
import { sentenceFor } from '../../core/wording/change-sentences.ts';
import type { Wording } from '../../core/wording/wording.ts';
import {
  isKnownCursor,
  listReleasedChanges,
  type PlacedChange,
  readLatest,
} from '../../db/catalog/released-changes.ts';
import { describeSubject, findNamed } from '../catalog/condition-subject.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { findTrialNamed } from '../shared/lookups.ts';
import { ChangesAnswer } from './answers.ts';
import type { ChangeAnswer } from './change-kinds.ts';
import { sourcesOf } from './credits.ts';
import {
  answerJson,
  cursor,
  defineOperation,
  languageQuery,
  limitOf,
  noTrialNumber,
  wordingOf,
} from './operation.ts';
import { type ParameterFault, problem, wrongParameters } from './problem.ts';
import { FacetCode } from './records.ts';
import { noCursor, pageOf } from './trials.ts';

const keptSeconds = 60;

const names = z.array(z.string().max(200));

/** The parameters that narrow changes. */
export const topicQuery = {
  trial: names.max(50).optional().meta({ description: 'Only changes of these trials' }),
  condition: names
    .max(10)
    .optional()
    .meta({ description: 'Only changes of trials about these conditions, by slug' }),
  facet: z.array(FacetCode).max(20).optional().meta({ description: 'Only changes of these facets' }),
};

export const listChanges = defineOperation({
  name: 'listChanges',
  method: 'GET',
  path: '/api/v1/changes',
  summary: 'Released changes since a cursor, in the order of their release',
  description:
    'Start without a cursor for everything stored, or with `latest` for changes from now on. Continue with the `next` of each page: at once while `more` is true, later when it is false. No change is missed or repeated; held changes appear when they are released. With several trials or conditions, changes of any of them are listed.',
  params: z.strictObject({}),
  query: z.strictObject({
    cursor: cursor.meta({ description: 'The `next` of the previous page, or `latest`' }),
    ...topicQuery,
    limit: limitOf(100, 50),
    language: languageQuery,
  }),
  success: { status: 200, description: 'A page of changes', schema: ChangesAnswer },
  otherwise: [304, 410],
  act: async ({ query }, _visit, deps) => {
    const wording = wordingOf(query.language, deps);
    const faults: ParameterFault[] = [];
    const topics = await readTopics(query.trial, query.condition, deps, faults);
    const after = await readAfter(query.cursor, deps);
    if (after === null) faults.push(noCursor);
    if (faults.length > 0 || after === null) return wrongParameters('invalid-parameter', faults);
    if (!(await isKnownCursor(deps.db, after)))
      return problem(
        'cursor-gone',
        'This server was restored from a backup that is older than this cursor. Start again without a cursor, or with `latest`.',
        { errors: [{ parameter: 'cursor', detail: 'is no longer known' }] },
      );
    const page = await listReleasedChanges(deps.db, after.position, {
      topics,
      facets: query.facet ?? null,
      atMost: query.limit,
    });
    const sources = sourcesOf(
      wording,
      page.changes.map(({ registry }) => registry),
    );
    return answerJson(
      {
        changes: page.changes.map((one) => describeChange(wording, one, deps)),
        next: writeCursor(page.next),
        more: page.more,
        sources,
        notice: [wording.say('feed.about'), ...sources.map(({ attribution }) => attribution)].join(' '),
      } satisfies z.input<typeof ChangesAnswer>,
      keptSeconds,
    );
  },
});

/** The rules of comparing give each kind its form; a test holds every kind to its schema. */
function describeChange(wording: Wording, one: PlacedChange, deps: WebDeps): z.input<typeof ChangeAnswer> {
  return {
    id: one.id,
    trial: { registry: one.registry, id: one.registryId, title: one.title },
    version: one.version,
    ...openChange(one.change),
    sentence: sentenceFor(wording, one.change, one),
    detectedAt: one.detectedAt,
    releasedAt: one.releasedAt,
    url: pageOf(deps, one.registryId, `/changes/${one.id}`),
  } as z.input<typeof ChangeAnswer>;
}

/** The position to continue from; null if the cursor is invalid. */
async function readAfter(sent: string | undefined, { db }: WebDeps): Promise<ReleaseCursor | null> {
  if (sent === undefined) return { position: 0, changeId: null };
  return sent === 'latest' ? readLatest(db) : readCursor(sent);
}

/** The topics of the requested trials and conditions; null for all changes. Adds a fault for each unknown one. */
export async function readTopics(
  trials: readonly string[] | undefined,
  conditions: readonly string[] | undefined,
  deps: WebDeps,
  faults: ParameterFault[],
): Promise<string[] | null> {
  if (trials === undefined && conditions === undefined) return null;
  const topics = new Set<string>();
  for (const asked of trials ?? []) {
    const numbers = deps.actions.findTrialIds(asked);
    const named = numbers.length > 0 ? numbers : [(await findTrialNamed(deps, asked)) ?? []].flat();
    for (const { registry, id } of named) topics.add(trialTopic(registry, id));
    if (named.length === 0) faults.push({ parameter: 'trial', detail: noTrialNumber });
  }
  for (const slug of conditions ?? []) {
    const named = await findNamed(deps.db, slug);
    if (named === null || named.condition?.kind === 'attribute')
      faults.push({
        parameter: 'condition',
        detail: 'is not a known condition; /api/v1/conditions lists them',
      });
    else for (const topic of (await describeSubject(deps.db, named)).topics) topics.add(topic);
  }
  return [...topics];
}
