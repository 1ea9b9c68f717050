import type { KyselyPlugin } from 'kysely';
import type { Context } from '../../src/jobs/context.ts';

/** A context that counts its statements, including those in transactions but not their begin and commit. */
export function countStatements(context: Context): { context: Context; count(): number } {
  let statements = 0;
  const counter: KyselyPlugin = {
    transformQuery({ node }) {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { context: { ...context, db: context.db.withPlugin(counter) }, count: () => statements };
}
