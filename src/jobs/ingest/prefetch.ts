/** Yields the items of `source`, and fetches the next one meanwhile. An error is thrown when its item is due. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      // If the consumer stops early, the prefetch is never awaited; ignore its rejection.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
