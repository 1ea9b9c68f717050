import { type KyselyPlugin, PostgresQueryCompiler, type RootOperationNode } from 'kysely';
import type { Context } from '../../src/jobs/context.ts';

/** A context that records the text of its statements without values, including those in transactions. */
export function seeStatements(context: Context): { context: Context; take(): string[] } {
  let seen: string[] = [];
  const compiler = new PostgresQueryCompiler();
  const watcher: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      seen.push(compiler.compileQuery(node as RootOperationNode, queryId).sql.replace(/\s+/g, ' '));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const take = () => {
    const taken = seen;
    seen = [];
    return taken;
  };
  return { context: { ...context, db: context.db.withPlugin(watcher) }, take };
}
