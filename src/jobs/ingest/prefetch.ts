/** Yields what `source` yields while the next one is already being fetched. An error comes when its turn comes. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      // Whoever stops early never asks for it: its failure is nobody's.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
