import { statusIn } from '../../../core/change.ts';
import { registryName } from '../../../core/registries.ts';
import { markOf } from '../../../core/wording/shape/marks.ts';
import { statusName } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { findTrialChange } from '../../../db/catalog/trial-pages.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { addressOf, capitalise } from '../../shared/condition-links.ts';
import { findNamed } from '../condition-subject.ts';
import { findTrial } from '../trial/trial-find.ts';
import { dayOfData } from '../trial/trial-source.ts';
import { drawPicture, type PictureWords } from './draw-picture.ts';
import { headStatus } from './share-trial.ts';

/** Programs that show link previews may keep a picture for this long, in seconds. */
const keptSeconds = 3_600;

/** The picture of the whole site: its name, and what it is. */
export function showSitePicture({ wording }: PageRequest): Promise<PageResponse> {
  return show(wording, { heading: wording.say('page.tagline'), lines: [] });
}

/** A trial's picture: its status, its number and the day of the data. It names no condition. */
export async function showTrialPicture(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '/preview.png');
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const { wording } = request;
  const { trial, removedAt, heldCount } = stored;
  return show(wording, {
    heading: headStatus(wording, stored),
    lines: [
      lineOf(stored, wording.date(dayOfData(stored))),
      ...(heldCount > 0 ? [wording.say('trial.held', { count: heldCount })] : []),
    ],
    mark: markOf(removedAt === null ? trial.status : null),
  });
}

/** A released change's picture: what it is about, the trial's number and the day. It names no condition. */
export async function showChangePicture(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const asked = request.params.changeId ?? '';
  const found = await findTrial(request, deps, `/changes/${encodeURIComponent(asked)}/preview.png`);
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const { wording } = request;
  const changeId = parseId(asked);
  const row = changeId === null ? null : await findTrialChange(deps.db, stored.trialId, changeId);
  if (row?.state !== 'released') return { notFound: true };
  const { kind, facet, before, after } = row.change;
  const line = lineOf(stored, wording.dayOf(row.detectedAt, deps.config.defaultTimezone));
  // Other sentences may quote the record, and with it a condition.
  if (kind !== 'status')
    return show(wording, { heading: wording.say(`trial.facet.${facet}`), lines: [line] });
  return show(wording, {
    heading: capitalise(statusName(wording, after)),
    lines: [wording.say('trial.status.before', { status: statusName(wording, before) }), line],
    mark: markOf(statusIn(after)),
  });
}

/** A condition's picture: its name. Words that are no heading have the picture of the whole site. */
export async function showConditionPicture(request: PageRequest, { db }: WebDeps): Promise<PageResponse> {
  const { params, wording } = request;
  const named = await findNamed(db, params.slug ?? '');
  if (named === null || named.condition?.kind === 'attribute') return { notFound: true };
  if (named.slug !== params.slug) return { seeOther: `${addressOf(named.slug)}/preview.png`, status: 301 };
  if (named.condition === null) return showSitePicture(request);
  const heading = wording.say('condition.heading', { name: named.condition.name });
  return show(wording, { heading, lines: [wording.say('page.tagline')] });
}

function lineOf({ id, registry }: { id: string; registry: string }, day: string): string {
  return [id, registryName(registry), day].join(' · ');
}

async function show(wording: Wording, words: Omit<PictureWords, 'name'>): Promise<PageResponse> {
  const body = await drawPicture({ ...words, name: wording.say('page.name') });
  return { body, type: 'image/png', cacheSeconds: keptSeconds };
}
