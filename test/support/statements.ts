import type { KyselyPlugin } from 'kysely';
import type { Context } from '../../src/jobs/context.ts';

/** The context with its statements counted, those inside transactions too (their begin and commit aside). */
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
