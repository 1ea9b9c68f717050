import { foldWords } from '../core/text/text.ts';
import { trialStatuses } from '../core/trial.ts';

/** A study as the API gives it. */
export type Study = Record<string, unknown>;

/** The API's answer to an invalid request: status 400 and a line of text. */
export class BadRequest extends Error {}

/** The query parameters that choose studies; a page token carries them. */
export type Search = Partial<
  Record<'query.cond' | 'filter.ids' | 'filter.advanced' | 'filter.overallStatus' | 'sort', string>
>;

const places: Record<string, string> = {
  NCTId: 'protocolSection.identificationModule.nctId',
  NCTIdAlias: 'protocolSection.identificationModule.nctIdAliases',
  BriefTitle: 'protocolSection.identificationModule.briefTitle',
  OfficialTitle: 'protocolSection.identificationModule.officialTitle',
  OverallStatus: 'protocolSection.statusModule.overallStatus',
  LastUpdatePostDate: 'protocolSection.statusModule.lastUpdatePostDateStruct.date',
  StudyFirstPostDate: 'protocolSection.statusModule.studyFirstPostDateStruct.date',
  Condition: 'protocolSection.conditionsModule.conditions',
  Keyword: 'protocolSection.conditionsModule.keywords',
  ConditionMeshTerm: 'derivedSection.conditionBrowseModule.meshes.term',
  ConditionAncestorTerm: 'derivedSection.conditionBrowseModule.ancestors.term',
  HasResults: 'hasResults',
};

const searched = [
  'Condition',
  'BriefTitle',
  'OfficialTitle',
  'Keyword',
  'ConditionMeshTerm',
  'ConditionAncestorTerm',
];

/** All values at a piece or dotted path of a study, with lists flattened. */
export function valuesAt(study: unknown, piece: string): unknown[] {
  let values: unknown[] = [study];
  for (const name of (places[piece] ?? piece).split('.')) {
    values = values
      .flat()
      .map((value) => (value as Study | null | undefined)?.[name])
      .filter((value) => value !== undefined);
  }
  return values.flat();
}

const idsOf = (study: Study) => [...valuesAt(study, 'NCTId'), ...valuesAt(study, 'NCTIdAlias')];

/** The studies that a search finds, in its order. `synonyms` are groups of words that the registry treats as equal. */
export function searchStudies(studies: Study[], search: Search, synonyms: string[][]): Study[] {
  const words = search['query.cond'];
  if (words !== undefined && /^\s*(nct\d+[\s,]*)+$/i.test(words)) {
    // The real one turns such a search into a look-up of ids and ignores every filter.
    const ids: string[] = words.toUpperCase().match(/NCT\d+/g) ?? [];
    return studies.filter((study) => idsOf(study).some((id) => ids.includes(String(id))));
  }
  const tests = [
    ...(words === undefined ? [] : [matchWords(words, synonyms)]),
    ...(search['filter.ids'] === undefined ? [] : [matchIds(search['filter.ids'])]),
    ...(search['filter.overallStatus'] === undefined ? [] : [matchStatus(search['filter.overallStatus'])]),
    ...(search['filter.advanced'] === undefined ? [] : [matchExpression(search['filter.advanced'])]),
  ];
  const found = studies.filter((study) => tests.every((test) => test(study)));
  return sortStudies(found, search.sort);
}

type Test = (study: Study) => boolean;

function matchIds(list: string): Test {
  const ids = new Set(list.split(/[,|]/));
  [...ids].forEach((id, index) => {
    if (!/^nct0*[1-9]\d{0,7}$/i.test(id)) {
      throw new BadRequest(`Item ${index + 1} in parameter \`filter.ids\` has incorrect format`);
    }
  });
  const wanted = new Set([...ids].map((id) => id.toUpperCase()));
  return (study) => idsOf(study).some((id) => wanted.has(String(id)));
}

function matchStatus(list: string): Test {
  const wanted = list.split(/[,|]/);
  const known: readonly string[] = trialStatuses;
  const unknown = wanted.find((status) => !known.includes(status));
  if (unknown !== undefined)
    throw new BadRequest(`Invalid value in parameter \`overallStatus\`: \`${unknown}\``);
  return (study) => wanted.includes(String(valuesAt(study, 'OverallStatus')[0]));
}

/** The small part of the query language that is used: AREA terms with a value, a RANGE or MISSING, joined by AND. */
function matchExpression(expression: string): Test {
  const tests = expression.split(' AND ').map((term): Test => {
    const found = /^AREA\[(\w+)\](?:RANGE\[([\w-]+), ?([\w-]+)\]|(\w+))$/.exec(term.trim());
    const [, piece = '', from, to, value] = found ?? [];
    if (found === null || places[piece] === undefined) {
      throw new BadRequest(`Cannot parse parameter \`filter.advanced\`: \`${term}\``);
    }
    if (value === 'MISSING') return (study) => valuesAt(study, piece).length === 0;
    if (value !== undefined) return (study) => valuesAt(study, piece).includes(value);
    return (study) =>
      valuesAt(study, piece).some(
        (date) =>
          (from === 'MIN' || String(date) >= (from ?? '')) && (to === 'MAX' || String(date) <= (to ?? '')),
      );
  });
  return (study) => tests.every((test) => test(study));
}

const fold = (words: unknown) =>
  ` ${foldWords(String(words))
    .split(' ')
    .map((word) => (word.length > 3 ? word.replace(/s$/, '') : word))
    .join(' ')} `;

/**
 * Condition search: a whole phrase or a synonym of it, in any searched piece. OR and AREA work as in the real search.
 */
function matchWords(words: string, synonyms: string[][]): Test {
  const alternatives = words.split(' OR ').map((part): Test => {
    if (part.includes('AREA[')) return matchExpression(part);
    const phrase = fold(part);
    const group = synonyms.find((same) => same.some((word) => fold(word) === phrase)) ?? [];
    const phrases = [phrase, ...group.map(fold)];
    return (study) =>
      searched.some((piece) =>
        valuesAt(study, piece).some((text) => phrases.some((wanted) => fold(text).includes(wanted))),
      );
  });
  return (study) => alternatives.some((test) => test(study));
}

function sortStudies(studies: Study[], sort: string | undefined): Study[] {
  if (sort === undefined) return studies;
  let sorted = studies;
  for (const option of sort.split(/[,|]/).reverse()) {
    const [piece = '', direction = 'desc'] = option.split(':');
    if (piece === '@relevance') continue;
    if (!piece.endsWith('Date') || places[piece] === undefined) {
      throw new BadRequest(`Field \`${piece}\` in parameter \`sort\` is not sortable`);
    }
    const sign = direction === 'asc' ? 1 : -1;
    sorted = sorted
      .map((study) => ({ study, key: valuesAt(study, piece)[0] as string | undefined }))
      .sort((a, b) =>
        a.key === undefined || b.key === undefined
          ? Number(a.key === undefined) - Number(b.key === undefined)
          : sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
      )
      .map(({ study }) => study);
  }
  return sorted;
}

type Tree = Map<string, Tree>;

/** Cuts a study down to the requested pieces. Empty groups are omitted, as in the API. */
export function makeTrim(fields: string): (study: Study) => Study {
  const tree: Tree = new Map();
  for (const name of fields.split(/[,|]/)) {
    const path = places[name] ?? (name.includes('.') || name.endsWith('Section') ? name : undefined);
    if (path === undefined) throw new BadRequest(`Field \`${name}\` in parameter \`fields\` is unknown`);
    let node = tree;
    for (const part of path.split('.')) {
      const next = node.get(part) ?? new Map();
      node.set(part, next);
      node = next;
    }
    node.clear();
    node.set('*', new Map());
  }
  return (study) => (prune(study, tree) ?? {}) as Study;
}

function prune(value: unknown, tree: Tree): unknown {
  if (tree.has('*')) return value;
  if (Array.isArray(value))
    return value.map((entry) => prune(entry, tree)).filter((entry) => entry !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const branch = tree.get(name);
    const pruned = branch === undefined ? undefined : prune(inner, branch);
    return pruned === undefined ? [] : [[name, pruned] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
