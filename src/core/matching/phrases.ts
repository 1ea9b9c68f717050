import type { Passage } from './passages.ts';

type Node<T> = { next: Map<string, Node<T>>; here: T[] };

/**
 * An index of names by their folded words. One walk over a passage finds all names, however many there are.
 */
export type NameIndex<T> = { root: Node<T> };

/** The place of a name in a passage: words `start` to `end`, exclusive. */
export type Occurrence<T> = { value: T; passage: Passage; start: number; end: number };

function newNode<T>(): Node<T> {
  return { next: new Map(), here: [] };
}

/** Builds an index of folded names. */
export function indexNames<T>(entries: Iterable<readonly [folded: string, value: T]>): NameIndex<T> {
  const root = newNode<T>();
  for (const [folded, value] of entries) {
    if (folded === '') continue;
    let node = root;
    for (const word of folded.split(' ')) {
      let next = node.next.get(word);
      if (!next) {
        next = newNode();
        node.next.set(word, next);
      }
      node = next;
    }
    node.here.push(value);
  }
  return { root };
}

/** Finds every place where an indexed name occurs as whole words. */
export function findOccurrences<T>(passages: Iterable<Passage>, index: NameIndex<T>): Occurrence<T>[] {
  const found: Occurrence<T>[] = [];
  for (const passage of passages) {
    for (let start = 0; start < passage.length; start++) {
      let node = index.root.next.get(passage[start] ?? '');
      for (let end = start + 1; node; end++) {
        for (const value of node.here) found.push({ value, passage, start, end });
        node = node.next.get(passage[end] ?? '');
      }
    }
  }
  return found;
}
