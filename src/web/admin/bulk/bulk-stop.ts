import { trialTopic } from '../../../core/matching/topics.ts';
import type { BulkLine, StopPart } from '../../../core/subscriptions/bulk.ts';
import { confirmationAllowance } from '../../../core/subscriptions/mail-allowances.ts';
import { isMailAddress, normaliseAddress } from '../../../core/text/mail-address.ts';
import { normaliseText } from '../../../core/text/text.ts';
import type { BulkFigures } from '../../../db/admin/bulk-jobs.ts';
import { listLiving, lookUpAddresses } from '../../../db/admin/bulk-people.ts';
import { withoutAddresses } from '../../../errors.ts';
import { keepBulk } from '../../../use-cases/admin/bulk-lists.ts';
import { type ReadInput, readInput } from '../../../use-cases/subscriptions/read-input.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage } from '../guard.ts';
import { inParts } from './bulk.ts';
import { refuse } from './bulk-cells.ts';
import { countAnswers, peopleAtOnce, showProblems } from './bulk-check.ts';
import { openMeanings } from './bulk-meanings.ts';
import { readUpload, sayFault, viewUpload } from './bulk-upload.ts';
import { sayAnswer } from './bulk-words.ts';
import type { ListRow } from './read-list.ts';

const ways = ['trial', 'condition', 'list'] as const;
type Way = (typeof ways)[number];

/** The subscriptions to stop, and the answer to each line if a list named them. */
type Chosen = { people: StopPart['people']; lines: BulkLine[]; what?: string };

/** The form that chooses which subscriptions to stop. */
export const showBulkStop = adminPage((request) => showForm(request, null));

/**
 * Finds the subscriptions to a trial or a condition, or those of a list of people, and stores the result. Stops
 * nothing yet.
 */
export const checkBulkStop = adminAct('bulk-look', async (request, deps, admin, log) => {
  const way = ways.find((one) => one === field(request.form, 'by'));
  if (!way) return showForm(request, request.wording.say('admin.bulk.stop.fault.by'));
  const chosen = await choose(request, deps, way);
  if (typeof chosen === 'string') return showForm(request, chosen);
  const { people, lines, what } = chosen;
  const figures: BulkFigures = {
    lines: lines.length,
    people: people.length,
    subscriptions: people.reduce((sum, { subscriptions }) => sum + subscriptions.length, 0),
    answers: countAnswers(lines),
    ...(what === undefined ? {} : { what }),
  };
  const bulk = {
    ...({ act: 'stop', madeBy: admin.email, figures, now: request.now } as const),
    work: toParts(people),
    lines: inParts(lines),
    shown: { meanings: [], problems: showProblems(lines) },
  };
  const details = { people: people.length, subscriptions: figures.subscriptions };
  const id = await keepBulk(deps, log, bulk, details);
  return { seeOther: `/admin/bulk/${id}` };
});

function* toParts(people: StopPart['people']): Generator<StopPart> {
  for (let at = 0; at < people.length; at += peopleAtOnce)
    yield { people: people.slice(at, at + peopleAtOnce) };
}

/** The chosen subscriptions, or a sentence that says what is wrong with the form. */
async function choose(request: PageRequest, deps: WebDeps, way: Way): Promise<Chosen | string> {
  if (way === 'list') {
    const read = await readUpload(request, ['email']);
    return 'fault' in read ? sayFault(request, read.fault) : chooseByList(deps, read.rows, request.now);
  }
  const { say } = request.wording;
  const text = normaliseText(field(request.form, way).slice(0, 300));
  if (text === '') return say(`admin.bulk.stop.fault.${way}`);
  const meanings = openMeanings(deps);
  const read = await readInput(deps.db, deps.actions.findTrialIds, text, way, meanings.ask);
  const [problem] = read.refused.filter(({ kind }) => kind !== 'unknown');
  if (problem) return sayAnswer(request, refuse(problem));
  if (way === 'condition' || read.trials.length === 0) return chooseByCondition(request, deps, read);
  if (read.words.length > 0) return say('admin.bulk.stop.fault.several');
  // Subscriptions may name its old number, and the registry may no longer know it.
  const found = await meanings.trials(read.trials);
  const named = read.trials.map(({ registry, id }) => {
    const meaning = found.get(trialTopic(registry, id));
    const understood = meaning && 'understood' in meaning ? meaning.understood : null;
    return {
      asked: trialTopic(registry, id),
      id: understood?.registryId ?? id,
      topics: understood?.topics ?? [],
    };
  });
  const ids = named.map(({ id }) => id);
  const topics = named.flatMap(({ asked, topics: current }) => [asked, ...current]);
  const people = await listLiving(deps.db, { anyOf: [...new Set(topics)] });
  return { people, lines: [], what: [...new Set(ids)].join(', ') };
}

/** The subscriptions to one condition. Several are refused, because nobody has reviewed that choice. */
async function chooseByCondition(
  request: PageRequest,
  deps: WebDeps,
  { trials, words }: ReadInput,
): Promise<Chosen | string> {
  const [text = '', ...more] = words;
  if (trials.length > 0) return sayAnswer(request, { answer: 'condition', text: 'number' });
  if (more.length > 0) return request.wording.say('admin.bulk.stop.fault.several');
  const meaning = (await openMeanings(deps).conditions([text])).get(text) ?? { answer: 'away' };
  if ('answer' in meaning) return sayAnswer(request, meaning);
  const { topics, words: named, conceptTerm } = meaning.understood;
  return { people: await listLiving(deps.db, { topics }), lines: [], what: conceptTerm ?? named };
}

async function chooseByList(
  { db, keys }: WebDeps,
  rows: readonly ListRow<'email'>[],
  now: string,
): Promise<Chosen> {
  const first = new Map<string, BulkLine>();
  const lines = rows.map(({ line, cells, isTooLong }): BulkLine => {
    const { email } = cells;
    const before = first.get(normaliseAddress(email));
    const one: BulkLine = { line, email, trial: '', condition: '', answer: 'nobody' };
    if (isTooLong) return { ...one, answer: 'cells' };
    if (!isMailAddress(email)) return { ...one, answer: 'email' };
    if (before) return { ...one, answer: 'twice', other: before.line };
    first.set(normaliseAddress(email), one);
    return one;
  });
  const owners = new Map<number, BulkLine>();
  for (const some of inParts([...first.values()])) {
    const emails = some.map(({ email }) => email);
    const how = { fold: (email: string) => email, allowance: confirmationAllowance, now };
    for (const [n, { subscriberId }] of (await lookUpAddresses(db, keys, emails, how)).entries()) {
      const line = some[n];
      if (line && subscriberId !== null) owners.set(subscriberId, line);
    }
  }
  const people = await listLiving(db, { subscriberIds: [...owners.keys()] });
  for (const { id } of people) {
    const line = owners.get(id);
    if (line) line.answer = 'stop';
  }
  return { people, lines };
}

function showForm(request: PageRequest, fault: string | null): PageResponse {
  const { form, wording } = request;
  return {
    page: 'admin-bulk-stop',
    title: wording.say('admin.bulk.stop.title'),
    status: fault === null ? 200 : 422,
    view: {
      ...viewUpload(request, fault),
      by: field(form, 'by') || 'trial',
      trial: withoutAddresses(field(form, 'trial').slice(0, 300)),
      condition: withoutAddresses(field(form, 'condition').slice(0, 300)),
    },
  };
}
