import { isMailAddress } from '../../../core/text/mail-address.ts';
import {
  countFollowers,
  countPeople,
  listFollowers,
  listPeople,
  type PersonCounts,
} from '../../../db/admin/people.ts';
import { holdsAddress } from '../../../errors.ts';
import { findPersonByAddress } from '../../../use-cases/admin/find-person.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage } from '../guard.ts';
import { findMeant } from './typed-conditions.ts';

const peopleAtOnce = 50;
/** Outcomes of a search by address or an action on one; `admin.people.done.<code>` is the message. */
const doneCodes = [
  'nobody',
  'nobody-stopped',
  'no-address',
  'suppressed',
  'lifted',
  'erased',
  'not-there',
] as const;

/** All people by number, newest first, or the followers of a topic; with counts, never with addresses (P8, P9). */
export const showPeople = adminPage(async (request, deps) => {
  const { wording, query } = request;
  const follows = field(query, 'follows');
  // Redirect, so that the address does not stay in the browser's address bar.
  if (holdsAddress(follows)) return toList('not-there');
  const list = follows === '' ? await listAll(request, deps) : await listThose(request, deps, follows);
  const done = field(query, 'done');
  return {
    page: 'admin-people',
    title: wording.say('admin.people.title'),
    status: list.trouble === null ? 200 : 422,
    view: { ...list, follows, done: doneCodes.find((code) => code === done) ?? null },
  };
});

type List = {
  lead: string | null;
  trouble: string | null;
  suggestions: { words: string; path: string }[];
  people: { id: number; counts: string }[];
  newestPath: string | null;
  olderPath: string | null;
};

async function listAll({ wording, query }: PageRequest, { db }: WebDeps): Promise<List> {
  const before = parseId(field(query, 'before'));
  const [rows, count] = await Promise.all([
    listPeople(db, { before, limit: peopleAtOnce + 1 }),
    countPeople(db),
  ]);
  const people = rows.slice(0, peopleAtOnce);
  return {
    lead: wording.say('admin.people.all', { count }),
    trouble: null,
    suggestions: [],
    people: people.map((one) => viewCounts(wording, one)),
    newestPath: before === null ? null : '/admin/subscribers',
    olderPath: rows.length > peopleAtOnce ? `/admin/subscribers?before=${people.at(-1)?.id}` : null,
  };
}

const nothing = { topics: [], said: '' };

async function listThose(request: PageRequest, deps: WebDeps, words: string): Promise<List> {
  const { wording, query } = request;
  const meant = await findMeant(request, deps, words);
  const path = (asked: string, after = '') =>
    `/admin/subscribers?follows=${encodeURIComponent(asked)}${after}`;
  if ('trouble' in meant) {
    const suggestions = meant.suggestions.map((one) => ({ words: one, path: path(one) }));
    return { ...meant, suggestions, lead: null, people: [], newestPath: null, olderPath: null };
  }
  const [{ topics, said } = nothing] = meant.understood;
  if (meant.understood.length !== 1) {
    const trouble = wording.say('admin.people.several');
    return { trouble, suggestions: [], lead: null, people: [], newestPath: null, olderPath: null };
  }
  const after = parseId(field(query, 'after'));
  const [rows, count] = await Promise.all([
    listFollowers(deps.db, topics, { after, limit: peopleAtOnce + 1 }),
    countFollowers(deps.db, topics),
  ]);
  const people = rows.slice(0, peopleAtOnce);
  return {
    lead: wording.say('admin.people.those', { count, what: said }),
    trouble: null,
    suggestions: [],
    people: people.map((one) => viewCounts(wording, one)),
    newestPath: after === null ? null : path(words),
    olderPath: rows.length > peopleAtOnce ? path(words, `&after=${people.at(-1)?.id}`) : null,
  };
}

function viewCounts(wording: PageRequest['wording'], { id, active, paused, pending }: PersonCounts) {
  const counts = Object.entries({ active, paused, pending }).filter(([, count]) => count > 0);
  const said = counts.map(([state, count]) => wording.say(`admin.people.count.${state}`, { count }));
  return { id, counts: said.length > 0 ? wording.list(said) : wording.say('admin.people.count.none') };
}

/**
 * Finds a person by their exact address. The answer reveals whether the address is known, so it is logged, by number
 * or as "nobody". The address itself appears in no response and no log.
 */
export const findPerson = adminAct('find-address', async ({ form }, deps, _admin, log) => {
  const email = field(form, 'email');
  if (!isMailAddress(email)) return toList('no-address');
  const found = await findPersonByAddress(deps, log, email);
  if (found.id !== null) return { seeOther: `/admin/subscribers/${found.id}` };
  return toList(found.stopped === null ? 'nobody' : 'nobody-stopped');
});

/** Redirects to the list, with the outcome. */
export function toList(done: (typeof doneCodes)[number]): PageResponse {
  return { seeOther: `/admin/subscribers?done=${done}` };
}
