/** Thrown when work exceeds its time limit. */
export class TooLate extends Error {
  override name = 'TooLate';
}

/** Settles as the promise does, or throws TooLate after `limitMs`. Does not stop the work. */
export async function withinMs<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooLate(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
