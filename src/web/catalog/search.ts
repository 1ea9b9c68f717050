import { type NamedCondition, slugOfWords } from '../../core/matching/condition-names.ts';
import { trialTopic } from '../../core/matching/topics.ts';
import type { InputResolution } from '../../core/matching/understood.ts';
import { registryName } from '../../core/registries.ts';
import { foldName, isShortAbbreviation } from '../../core/text/folding.ts';
import { normaliseText } from '../../core/text/text.ts';
import { problemSentence } from '../../core/wording/problem-sentence.ts';
import { quoteRegistry, quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { messageOf, RegistryUnavailable } from '../../errors.ts';
import { findTrials } from '../../use-cases/subscriptions/find-trials.ts';
import { type ReadInput, readInput } from '../../use-cases/subscriptions/read-input.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { addressOf, addressOfWords } from '../shared/condition-links.ts';
import { type KnownConditions, readKnownConditions } from '../shared/known-conditions.ts';
import { longestTyped } from '../shared/limits.ts';
import { openTrialAsker, understandInTime } from '../shared/lookups.ts';

const longestCondition = 120;

type Choice = { href: string; name: string; note: string };
type Found = {
  lines: string[];
  choices?: Choice[];
  beside?: Choice[];
  fault?: string;
  status?: number;
  title?: string;
};

/**
 * Redirects from a trial number, a registry link, a condition or everyday words to the right page (M2, M4), or
 * explains why it cannot. Searches are not logged.
 */
export async function search({ query, wording }: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const typed = normaliseText(field(query, 'q').slice(0, longestTyped));
  const show = (found: Found) => searchPage(wording, typed, found);
  if (query.other !== undefined) return showOther(wording, normaliseText(field(query, 'other')));
  if (query.q === undefined) return show({ lines: [] });
  if (typed === '') return show({ lines: [], fault: wording.say('find.empty'), status: 400 });
  if (foldName(typed) === '') return show({ lines: [], fault: wording.say('find.no-words'), status: 400 });
  const ask = openTrialAsker(deps);
  const read = await readInput(deps.db, deps.actions.findTrialIds, typed, 'condition', ask);
  const { trials, words } = read;
  const [trial] = trials;
  if (trial && trials.length + read.refused.length + words.length === 1)
    return { seeOther: `/trials/${encodeURIComponent(trial.id)}` };
  if (trials.length + read.refused.length > 0 || words.length > 1)
    return show(await listNamed(wording, deps, read));
  return searchWords(wording, deps, typed, words[0] ?? typed);
}

/** For words that we took for something else: the box with them, and a link to the page of just these words. */
function showOther(wording: Wording, typed: string): PageResponse {
  const slug = slugOfWords(typed);
  const isLiteral = slug !== null && !isShortAbbreviation(foldName(typed));
  const words = quoteText(typed, 80);
  const literal = isLiteral && {
    href: addressOfWords(slug, typed),
    name: wording.say('find.quoted', { words }),
    note: wording.say('find.literal'),
  };
  return searchPage(wording, typed.slice(0, longestTyped), {
    lines: typed === '' ? [] : [wording.say('condition.other.line', { words })],
    choices: literal ? [literal] : [],
  });
}

/** Links to each of several typed trials and conditions, and explains the numbers that lead nowhere. */
async function listNamed(
  wording: Wording,
  deps: WebDeps,
  { trials, refused, words }: ReadInput,
): Promise<Found> {
  const found = await findTrials(deps.db, trials, async () => null);
  const choices = trials.map(({ registry, id }): Choice => {
    const known = found.get(trialTopic(registry, id));
    const title = typeof known === 'object' ? quoteRegistry(wording, known.title, 120) : '';
    return { href: `/trials/${encodeURIComponent(id)}`, name: id, note: title };
  });
  choices.push(
    ...words.map((some) => ({
      href: `/search?q=${encodeURIComponent(some)}`,
      name: wording.say('find.quoted', { words: quoteText(some, 80) }),
      note: '',
    })),
  );
  const lines = refused.flatMap((one) =>
    one.kind === 'understood' || one.kind === 'choose' ? [] : problemSentence(wording, one),
  );
  if (choices.length > 1) lines.unshift(wording.say('find.several'));
  return { lines, choices };
}

async function searchWords(
  wording: Wording,
  deps: WebDeps,
  typed: string,
  words: string,
): Promise<PageResponse> {
  const show = (found: Found) => searchPage(wording, typed, found);
  if (words.length > longestCondition)
    return show({ lines: [], fault: wording.say('find.too-long'), status: 400 });
  const known = await readKnownConditions(deps.db);
  const folded = foldName(words);
  const isQuoted = /^".+"$/.test(words);
  const named = isQuoted || isShortAbbreviation(folded) ? undefined : known.names.byName.get(folded);
  if (named) return named.kind === 'attribute' ? show(attribute(wording, named.term)) : goTo(named, words);
  try {
    const understanding = await understandInTime(deps, words);
    if (understanding === 'busy') return show({ lines: [wording.say('find.busy')], status: 503 });
    if (understanding === 'late') return show(away(wording, deps.config));
    const found = answerTo(wording, understanding, known);
    return 'seeOther' in found ? found : show(found);
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    // The reason names the registry and the failure, never the search.
    deps.log.warn({ reason: messageOf(error) }, 'registry unavailable');
    return show(away(wording, deps.config));
  }
}

/** The page of a condition, with what was typed if that was another name. */
function goTo({ slug, name, term }: NamedCondition, typed: string): { seeOther: string } {
  const isNamed = [name, term].some((one) => foldName(one) === foldName(typed));
  return { seeOther: isNamed ? addressOf(slug) : `${addressOf(slug)}?as=${encodeURIComponent(typed)}` };
}

function answerTo(
  wording: Wording,
  understanding: InputResolution,
  known: KnownConditions,
): Found | { seeOther: string } {
  switch (understanding.kind) {
    case 'understood': {
      const { conceptId, conceptTerm, phrases, words } = understanding.understood;
      const condition = conceptId === null ? undefined : known.byId.get(conceptId);
      if (condition) return goTo(condition, words);
      const slug = slugOfWords(conceptTerm ?? phrases[0] ?? words);
      return slug === null ? tooLong(wording) : { seeOther: addressOfWords(slug, words) };
    }
    case 'choose': {
      const { words, suggestions, literal } = understanding;
      const choicesOf = (some: typeof suggestions) =>
        some.flatMap(({ conceptId, term }) => choiceOf(wording, known, conceptId, term));
      const choices = choicesOf(suggestions.filter(({ beside }) => !beside));
      const meant = choices.length;
      const slug = literal ? slugOfWords(words.replace(/^"(.+)"$/, '$1')) : null;
      if (slug !== null)
        choices.unshift({
          href: addressOfWords(slug, words),
          name: wording.say('find.quoted', { words: quoteText(words, 80) }),
          note: wording.say('find.literal'),
        });
      const count = meant === 0 ? 0 : choices.length;
      const line = wording.say('find.choose', { words: quoteText(words, 80), count });
      return { lines: [line], choices, beside: choicesOf(suggestions.filter(({ beside }) => beside)) };
    }
    case 'attribute':
      return attribute(wording, understanding.term);
    case 'too-short':
      return { lines: [wording.say('find.too-short', { words: quoteText(understanding.words, 80) })] };
    case 'unknown':
      return {
        lines: [
          wording.say('find.unknown', { words: quoteText(understanding.words, 80) }),
          wording.say('find.unknown.next'),
        ],
      };
    case 'no-such-trial':
      return { seeOther: `/trials/${encodeURIComponent(understanding.id)}` };
    default:
      return { lines: [problemSentence(wording, understanding)] };
  }
}

/** A concept known only from the registry's answer has no page yet, so its words are linked instead. */
function choiceOf(wording: Wording, known: KnownConditions, conceptId: string, term: string): Choice[] {
  const condition = known.byId.get(conceptId);
  if (condition)
    return [
      {
        href: addressOf(condition.slug),
        name: wording.registryText(condition.name),
        note: wording.say('find.count', { count: condition.count }),
      },
    ];
  const slug = slugOfWords(term);
  return slug === null ? [] : [{ href: addressOf(slug), name: quoteRegistry(wording, term, 80), note: '' }];
}

function attribute(wording: Wording, term: string): Found {
  return {
    lines: [
      wording.say('find.attribute', { term: quoteRegistry(wording, term, 80) }),
      wording.say('find.attribute.next'),
    ],
  };
}

function tooLong(wording: Wording): Found {
  return { lines: [], fault: wording.say('find.too-long'), status: 400 };
}

function away(wording: Wording, config: Pick<WebDeps['config'], 'registries'>): Found {
  return {
    lines: [wording.say('find.away', { registry: registryName(Object.keys(config.registries)[0] ?? '') })],
    status: 503,
  };
}

/** The search page with the typed text and its outcome. */
export function searchPage(wording: Wording, typed: string, found: Found): PageResponse {
  return {
    page: 'search',
    title: found.title ?? wording.say('find.title'),
    view: {
      typed,
      lines: found.lines,
      choices: found.choices ?? [],
      beside: found.beside ?? [],
      fault: found.fault ?? null,
    },
    ...(found.status === undefined ? {} : { status: found.status }),
  };
}
