import { z } from 'zod';
import { fromOpaque, toOpaque } from '../../core/cursor.ts';
import { cardOf } from '../../core/digests/card.ts';
import { openTrial } from '../../core/digests/outside.ts';
import { exampleIds } from '../../core/registries.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listOtherRecords } from '../../db/catalog/trial-links.ts';
import {
  findTrialPage,
  listTrialVersions,
  loadTrialVersions,
  type TrialPage,
} from '../../db/catalog/trial-pages.ts';
import { viewSource } from '../catalog/trial/trial-source.ts';
import { basePathOf } from '../http/base-path.ts';
import type { PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { findTrialNamed } from '../shared/lookups.ts';
import { TrialAnswer, VersionAnswer, VersionsAnswer } from './answers.ts';
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
import { problem, wrongParameters } from './problem.ts';

const id = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: `The number of the trial, such as ${exampleIds}`, examples: ['NCT99000001'] });
const keptSeconds = 300;

export const readTrialOperation = defineOperation({
  name: 'readTrial',
  method: 'GET',
  path: '/api/v1/trials/{id}',
  summary: 'A trial as it is stored',
  description:
    'The newest version of a stored trial. Trials that nobody follows here are not stored. An obsolete number redirects to the current one (301).',
  params: z.strictObject({ id }),
  query: z.strictObject({ language: languageQuery }),
  success: { status: 200, description: 'The trial', schema: TrialAnswer },
  otherwise: [301, 304, 404],
  act: async ({ params, query }, { path }, deps) => {
    const found = await findStored(params.id, path, deps);
    if ('answer' in found) return found.answer;
    const { stored } = found;
    const { trial } = stored;
    return answerJson(
      {
        registry: stored.registry,
        id: stored.id,
        url: pageOf(deps, stored.id),
        recordUrl: deps.actions.recordUrl(stored.registry, stored.id),
        version: stored.version,
        watchedSince: stored.watchedSince,
        readAt: stored.readAt,
        dataDay: stored.dataDay,
        removedAt: stored.removedAt,
        heldChanges: stored.heldCount,
        links: (await listOtherRecords(deps.db, stored)).flatMap(({ same, ...other }) =>
          same ? [{ ...other, same: true as const }] : [],
        ),
        card: cardOf(trial),
        trial: openTrial(trial),
        sources: sourcesOf(wordingOf(query.language, deps), [stored.registry]),
        notice: noticeOf(wordingOf(query.language, deps), stored, deps),
      } satisfies z.input<typeof TrialAnswer>,
      keptSeconds,
    );
  },
});

export const listVersions = defineOperation({
  name: 'listVersions',
  method: 'GET',
  path: '/api/v1/trials/{id}/versions',
  summary: 'The stored versions of a trial, newest first',
  description: 'Lists the versions; each has its own path.',
  params: z.strictObject({ id }),
  query: z.strictObject({ limit: limitOf(100, 50), cursor }),
  success: { status: 200, description: 'A page of versions', schema: VersionsAnswer },
  otherwise: [301, 304, 404],
  act: async ({ params, query }, { path }, deps) => {
    const before = query.cursor === undefined ? null : readVersionCursor(query.cursor);
    if (Number.isNaN(before)) return wrongParameters('invalid-parameter', [noCursor]);
    const found = await findStored(params.id, path, deps);
    if ('answer' in found) return found.answer;
    const { stored } = found;
    const versions = await listTrialVersions(deps.db, stored.trialId, query.limit + 1, before);
    const shown = versions.slice(0, query.limit);
    const last = shown.at(-1);
    return answerJson(
      {
        registry: stored.registry,
        id: stored.id,
        versions: shown.map(({ version, readAt }) => ({
          version,
          readAt,
          path: `${basePathOf(deps.config.baseUrl)}/api/v1/trials/${encodeURIComponent(stored.id)}/versions/${version}`,
        })),
        next: last && versions.length > shown.length ? toOpaque(`v.${last.version}`) : null,
      } satisfies z.input<typeof VersionsAnswer>,
      keptSeconds,
    );
  },
});

export const readVersion = defineOperation({
  name: 'readVersion',
  method: 'GET',
  path: '/api/v1/trials/{id}/versions/{version}',
  summary: 'One version of a trial',
  description: 'The record as it was first read.',
  params: z.strictObject({
    id,
    version: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'must be a version number')
      .meta({ examples: ['2'] }),
  }),
  query: z.strictObject({ language: languageQuery }),
  success: { status: 200, description: 'The version', schema: VersionAnswer },
  otherwise: [301, 304, 404],
  act: async ({ params, query }, { path }, deps) => {
    const found = await findStored(params.id, path, deps);
    if ('answer' in found) return found.answer;
    const { stored } = found;
    const [version] = await loadTrialVersions(deps.db, stored.trialId, [Number(params.version)]);
    if (!version) return problem('not-found', `${stored.id} has no version ${params.version}.`);
    return answerJson(
      {
        registry: stored.registry,
        id: stored.id,
        version: version.version,
        readAt: version.readAt,
        trial: openTrial(version.trial),
        sources: sourcesOf(wordingOf(query.language, deps), [stored.registry]),
        notice: noticeOf(wordingOf(query.language, deps), stored, deps),
      } satisfies z.input<typeof VersionAnswer>,
      keptSeconds,
    );
  },
});

/** The fault of an invalid cursor. */
export const noCursor = {
  parameter: 'cursor',
  detail: 'is not valid: send the `next` of a page unchanged',
};

/** The URL of a trial's page, or of a page below it. */
export function pageOf({ config }: WebDeps, trialId: string, rest = ''): string {
  return `${config.baseUrl.replace(/\/+$/, '')}/trials/${encodeURIComponent(trialId)}${rest}`;
}

function noticeOf(wording: Wording, stored: TrialPage, { config }: WebDeps): string {
  const { read, terms } = viewSource(wording, stored, config.defaultTimezone);
  return [...read, ...terms].join(' ');
}

/** The version in a cursor; NaN if the cursor is invalid. */
function readVersionCursor(token: string): number {
  return Number(/^v\.([1-9]\d{0,8})$/.exec(fromOpaque(token) ?? '')?.[1] ?? Number.NaN);
}

async function findStored(
  asked: string,
  path: string,
  deps: WebDeps,
): Promise<{ stored: TrialPage } | { answer: PageResponse }> {
  const named = await findTrialNamed(deps, asked);
  if (!named)
    return {
      answer: wrongParameters('invalid-parameter', [{ parameter: 'id', detail: noTrialNumber }]),
    };
  const stored = await findTrialPage(deps.db, named.registry, named.id);
  if (!stored) return { answer: problem('not-found', `${named.id} is not stored here.`) };
  if (stored.id === asked) return { stored };
  const rest = path.split('/').slice(5);
  return {
    answer: { seeOther: ['/api/v1/trials', encodeURIComponent(stored.id), ...rest].join('/'), status: 301 },
  };
}
