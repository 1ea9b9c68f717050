/** Comparing long lists takes steps: between two of them, the caller may let other work go first. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all steps without a pause. */
export function doAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
