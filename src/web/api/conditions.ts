import { z } from 'zod';
import { fromOpaque, toOpaque } from '../../core/cursor.ts';
import type { NamedCondition } from '../../core/matching/condition-names.ts';
import { statusesOfGroup, statusGroups } from '../../core/status-groups.ts';
import { trialStatuses } from '../../core/trial.ts';
import {
  type ListKey,
  readStoreStamp,
  readTrialsAbout,
  type TrialsAbout,
} from '../../db/catalog/condition-pages.ts';
import type { Db } from '../../db/connect.ts';
import { describeSubject, findNamed } from '../catalog/condition-subject.ts';
import { openPageMemory, type PageMemory } from '../http/page-cache.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readKnownConditions } from '../shared/known-conditions.ts';
import { ConditionAnswer, ConditionsAnswer } from './answers.ts';
import { sourcesOf } from './credits.ts';
import { answerJson, cursor, defineOperation, languageQuery, limitOf, wordingOf } from './operation.ts';
import { problem, wrongParameters } from './problem.ts';
import { noCursor } from './trials.ts';

const keptSeconds = 300;
const pagesKept = 200;
const memories = new WeakMap<Db, PageMemory<TrialsAbout>>();

export const listConditions = defineOperation({
  name: 'listConditions',
  method: 'GET',
  path: '/api/v1/conditions',
  summary: 'Conditions of the stored trials, by slug',
  description: 'Lists MeSH headings. Other words have a condition too, but it is not listed.',
  params: z.strictObject({}),
  query: z.strictObject({ limit: limitOf(500, 100), cursor }),
  success: { status: 200, description: 'A page of conditions', schema: ConditionsAnswer },
  otherwise: [304],
  act: async ({ query }, _visit, deps) => {
    const after = query.cursor === undefined ? '' : readSlugCursor(query.cursor);
    if (after === null) return wrongParameters('invalid-parameter', [noCursor]);
    const { bySlug } = await readKnownConditions(deps.db);
    const all = [...bySlug.values()].filter(({ kind }) => kind !== 'attribute');
    const beyond = all.filter(({ slug }) => slug > after).sort((a, b) => (a.slug < b.slug ? -1 : 1));
    const shown = beyond.slice(0, query.limit);
    const last = shown.at(-1);
    return answerJson(
      {
        conditions: shown.map((one) => nameOf(one, deps)),
        next: last && beyond.length > shown.length ? toOpaque(`s.${last.slug}`) : null,
      } satisfies z.input<typeof ConditionsAnswer>,
      keptSeconds,
    );
  },
});

export const readCondition = defineOperation({
  name: 'readCondition',
  method: 'GET',
  path: '/api/v1/conditions/{slug}',
  summary: 'A condition with its trials',
  description: 'Another spelling redirects to the permanent slug (301). Removed records are left out.',
  params: z.strictObject({
    slug: z
      .string()
      .min(1)
      .max(200)
      .meta({ examples: ['asthma'] }),
  }),
  query: z.strictObject({
    group: z.enum(statusGroups).optional().meta({ description: 'Only trials with a status of this group' }),
    limit: limitOf(100, 20),
    cursor,
    language: languageQuery,
  }),
  success: { status: 200, description: 'The condition and a page of its trials', schema: ConditionAnswer },
  otherwise: [301, 304, 404],
  act: async ({ params, query }, _visit, deps) => {
    const after = query.cursor === undefined ? null : readListCursor(query.cursor);
    if (after === undefined) return wrongParameters('invalid-parameter', [noCursor]);
    const named = await findNamed(deps.db, params.slug);
    if (named === null || named.condition?.kind === 'attribute')
      return problem('not-found', 'There is no such condition. /api/v1/conditions lists them.');
    if (named.slug !== params.slug)
      return { seeOther: `/api/v1/conditions/${encodeURIComponent(named.slug)}`, status: 301 };
    const subject = await describeSubject(deps.db, named);
    const statuses = query.group === undefined ? trialStatuses : statusesOfGroup(query.group);
    const key = JSON.stringify([named.slug, query.group, query.limit, after]);
    const { counts, trials, next } = await memoryOf(deps.db).get(key, await readStoreStamp(deps.db), () =>
      readTrialsAbout(deps.db, subject.topics, statuses, { after, atMost: query.limit }),
    );
    const wording = wordingOf(query.language, deps);
    const sources = sourcesOf(
      wording,
      trials.map(({ card }) => card.registry),
    );
    return answerJson(
      {
        slug: subject.slug,
        name: subject.name,
        conceptId: subject.condition?.conceptId ?? null,
        term: subject.condition?.term ?? null,
        also: subject.also,
        narrower: subject.narrower.map(({ slug, name }) => ({ slug, name })),
        counts: Object.fromEntries(counts),
        trials: trials.map(({ card }) => card),
        next: next === null ? null : toOpaque(`t.${next.verified}_${next.id}`),
        url: urlOf(subject.slug, deps),
        sources,
        notice: [wording.say('about.advice'), ...sources.map(({ attribution }) => attribution)].join(' '),
      } satisfies z.input<typeof ConditionAnswer>,
      keptSeconds,
    );
  },
});

function memoryOf(db: Db): PageMemory<TrialsAbout> {
  const memory = memories.get(db) ?? openPageMemory<TrialsAbout>(pagesKept);
  memories.set(db, memory);
  return memory;
}

function nameOf({ slug, name, term, conceptId, count }: NamedCondition, deps: WebDeps) {
  return { slug, name, term, conceptId, trials: count, url: urlOf(slug, deps) };
}

function urlOf(slug: string, { config }: WebDeps): string {
  return `${config.baseUrl.replace(/\/+$/, '')}/conditions/${encodeURIComponent(slug)}`;
}

/** The slug in a cursor; slugs are ASCII. Null if the cursor is invalid. */
function readSlugCursor(token: string): string | null {
  return /^s\.([\w-]{1,200})$/.exec(fromOpaque(token) ?? '')?.[1] ?? null;
}

function readListCursor(token: string): ListKey | undefined {
  const parts = /^t\.(\d{4}(?:-\d\d){0,2})?_(\d{1,15})$/.exec(fromOpaque(token) ?? '');
  return parts ? { verified: parts[1] ?? '', id: Number(parts[2]) } : undefined;
}
