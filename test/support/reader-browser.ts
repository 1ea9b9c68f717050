import { expect } from 'vitest';

/** One tab of a browser that no tool of its own drives: what a reader does in it, and what the page holds then. */
export type ReaderBrowser = {
  open(url: string): Promise<void>;
  back(): Promise<void>;
  /** The value of an expression in the page. */
  read<T>(expression: string): Promise<T>;
  /** Waits until an expression is true in the page. */
  until(expression: string): Promise<void>;
  /** Types into a field as a person does, after what it holds. */
  type(selector: string, text: string): Promise<void>;
  /** Clicks the first such element. */
  click(selector: string): Promise<void>;
  close(): Promise<void>;
};

/** Reads JSON that an expression makes in the page, by the browser's own protocol. */
type Evaluate = (expression: string) => Promise<string>;

/** What a browser reads, given how it evaluates. */
export function readingBy(evaluate: Evaluate): Pick<ReaderBrowser, 'read' | 'until'> {
  const read = async <T>(expression: string): Promise<T> =>
    JSON.parse(await evaluate(`JSON.stringify(${expression})`)) as T;
  return {
    read,
    async until(expression) {
      // While one page gives way to the next, neither can be asked.
      await expect
        .poll(() => read<boolean>(`!!(${expression})`).catch(() => false), {
          message: expression,
          timeout: 60_000,
        })
        .toBe(true);
    },
  };
}
