import { IntlMessageFormat } from 'intl-messageformat';

type Node = ReturnType<IntlMessageFormat['getAst']>[number];

/**
 * The texts that a reader may meet of an ICU message: one for each branch of its choices, with `count` for
 * numbers and “X” for what is filled in. For a count of 1, plurals take their branch for one.
 */
export function formsOf(message: string, count: '1' | '2' = '2'): string[] {
  const branchesOf = (node: Node): Node[][] => {
    if (!('options' in node)) return [];
    const { one, ...options } = node.options;
    if ('pluralType' in node && one && count === '1') return [one.value];
    return [...(one ? [one] : []), ...Object.values(options)].map(({ value }) => value);
  };
  const textOf = (node: Node): string => {
    if (!('value' in node) || node.type === 2) return count;
    return node.type === 0 ? String(node.value) : 'X';
  };
  const write = (nodes: readonly Node[]): string[] =>
    nodes.reduce<string[]>(
      (forms, node) => {
        const branches = branchesOf(node);
        const ends = branches.length > 0 ? branches.flatMap(write) : [textOf(node)];
        return forms.flatMap((form) => ends.map((end) => form + end));
      },
      [''],
    );
  const ast = new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst();
  return [...new Set(write(ast))];
}
