import type { Facet } from '../../core/change.ts';
import { trialTopic } from '../../core/matching/topics.ts';
import { type ExportedChange, rowsOfChange } from '../../core/wording/change-rows.ts';
import { readStoreStamp } from '../../db/catalog/condition-pages.ts';
import { readReleased, type Span } from '../../db/catalog/released-span.ts';
import { createWording } from '../../mail/catalogue.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { describeSubject, findNamed } from '../catalog/condition-subject.ts';
import { findTrial } from '../catalog/trial/trial-find.ts';
import type { FileBody, PageHandler, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf } from '../shared/condition-links.ts';
import { readDaySpan } from '../shared/day-span.ts';
import { type ExportForm, exportFormNames, exportForms } from './export-forms.ts';

/** How long an export may be cached, in seconds: as long as a feed. */
const keptSeconds = 900;

/** Whether the client may have one more export now. */
export function mayExport({ exports, asker, now }: WebDeps): boolean {
  return exports.take(asker, Date.parse(now()));
}

/** When a client that had too many exports may try again, in seconds. */
export const retryAfterSeconds = 60;

/** Changes as a file in one of the forms, written while it is read. `tag` as of a streamed body. */
export function exportFile(
  { config, actions }: WebDeps,
  pages: () => AsyncIterable<readonly ExportedChange[]>,
  { form, language, name, tag }: { form: ExportForm; language: string; name: string; tag: string },
): FileBody {
  const wording = createWording(language, customOf(config));
  const base = config.baseUrl.replace(/\/+$/, '');
  const { type, write } = exportForms[form];
  async function* rows() {
    for await (const page of pages())
      yield page.flatMap((one) =>
        rowsOfChange(wording, one, {
          link: `${base}/trials/${encodeURIComponent(one.registryId)}/changes/${one.id}`,
          recordLink: actions.recordUrl(one.registry, one.registryId),
        }),
      );
  }
  return { body: { open: () => write(rows()), tag }, type, fileName: `trialbell-${name}.${form}` };
}

/** Released changes of a span as a public file, which may be cached until the next run or release. */
export async function exportReleased(
  deps: WebDeps,
  wanted: { topics: readonly string[] | null; facets: readonly Facet[] | null },
  span: Span,
  file: { form: ExportForm; language: string; name: string },
): Promise<FileBody> {
  const stamp = await readStoreStamp(deps.db);
  const tag = JSON.stringify([stamp, deps.version, deps.config.baseUrl, wanted, span, file]);
  return {
    ...exportFile(deps, () => readReleased(deps.db, wanted, span), { ...file, tag }),
    cacheSeconds: keptSeconds,
  };
}

/** The changes of one trial as a file, of all time or between two days. */
export const exportTrial = (form: ExportForm): PageHandler =>
  withinLimits(async (request, deps, span) => {
    const found = await findTrial(request, deps, `/changes.${form}`);
    if ('answer' in found) return 'seeOther' in found.answer ? found.answer : { notFound: true };
    const { registry, id } = found.stored;
    return exportReleased(deps, { topics: [trialTopic(registry, id)], facets: null }, span, {
      form,
      language: request.language,
      name: fileNameOf(id),
    });
  });

/** The changes of all trials about a condition as a file. */
export const exportCondition = (form: ExportForm): PageHandler =>
  withinLimits(async ({ params, language }, deps, span) => {
    const named = await findNamed(deps.db, params.slug ?? '');
    if (named === null || (named.condition && named.condition.kind !== 'disease')) return { notFound: true };
    if (named.slug !== params.slug)
      return { seeOther: `${addressOf(named.slug)}/changes.${form}`, status: 301 };
    const { topics } = await describeSubject(deps.db, named);
    return exportReleased(deps, { topics, facets: null }, span, {
      form,
      language,
      name: fileNameOf(named.slug),
    });
  });

/** Routes of a path's exports, one for each form. */
export function exportRoutes(
  path: string,
  handlerOf: (form: ExportForm) => PageHandler,
): (readonly ['GET', string, PageHandler])[] {
  return exportFormNames.map((form) => ['GET', `${path}.${form}`, handlerOf(form)] as const);
}

/** A handler behind the limits of exports, with the span that the query's two days ask for. */
export function withinLimits(
  handler: (request: PageRequest, deps: WebDeps, span: Span) => Promise<PageResponse>,
): PageHandler {
  return (request, deps) => {
    const { instants } = readDaySpan(request.query, deps.config.defaultTimezone);
    if (instants === null) return { page: 'failed', title: '', view: { reason: 'range' }, status: 422 };
    return mayExport(deps) ? handler(request, deps, instants) : tooMany;
  };
}

/** The page for a client that had too many exports. */
export const tooMany: PageResponse = {
  ...{ page: 'failed', title: '', view: { reason: 'too-many' }, status: 429 },
  headers: { 'retry-after': String(retryAfterSeconds) },
};

/** A text as part of a file's name in a header. */
function fileNameOf(text: string): string {
  return text.replace(/[^\w-]+/g, '-').slice(0, 80);
}
