import { IntlMessageFormat } from 'intl-messageformat';

type Element = ReturnType<IntlMessageFormat['getAst']>[number];

/** The forms in which ICU messages use a value, by the numbers of the parser's elements. */
const forms: Readonly<Record<number, string>> = {
  1: 'plain',
  2: 'number',
  3: 'date',
  4: 'time',
  5: 'select',
  6: 'plural',
};

/** The values that an ICU message uses, each with its forms. Throws a SyntaxError for a broken message. */
export function readArguments(message: string, locale: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const collect = (elements: readonly Element[]): void => {
    for (const element of elements) {
      const form = forms[element.type];
      if (form === undefined || !('value' in element)) continue;
      const known = found.get(element.value) ?? new Set();
      found.set(element.value, known.add(form));
      if ('options' in element) for (const { value } of Object.values(element.options)) collect(value);
    }
  };
  collect(new IntlMessageFormat(message, locale, undefined, { ignoreTag: true }).getAst());
  return found;
}

/**
 * Why a message cannot stand in for the built-in one; null if it can. It must use the same values, in the
 * same forms or plainly: a sentence that lacks one would lose a fact.
 */
export function findMessageFault(message: string, builtIn: string, locale: string): string | null {
  let own: Map<string, Set<string>>;
  try {
    own = readArguments(message, locale);
  } catch (error) {
    return `has broken ICU syntax (${error instanceof Error ? error.message : error})`;
  }
  if (message.trim() === '') return 'is empty';
  const known = readArguments(builtIn, locale);
  for (const name of known.keys()) if (!own.has(name)) return `lacks the value {${name}}`;
  for (const [name, used] of own) {
    const allowed = known.get(name);
    if (!allowed) return `uses the value {${name}}, which this text does not get`;
    for (const form of used)
      if (form !== 'plain' && !allowed.has(form))
        return `uses the value {${name}} as ${form}, which it is not`;
  }
  return null;
}
