/** The most results that are remembered before all are forgotten. */
const atMost = 4_000;

/** A pure function of a text that remembers its results. What it throws is not remembered. */
export function remember<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const result = make(text);
    if (made.size >= atMost) made.clear();
    made.set(text, result);
    return result;
  };
}

/** The value that a function makes, made at the first call and kept. What it throws is not kept. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
