import { writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';

/**
 * openapi-typescript needs the programming interface of TypeScript 5, which TypeScript 7 does not have; this package
 * brings it along.
 */
const typescript5 = `export { ts as default } from ${JSON.stringify(import.meta.resolve('@ts-morph/common'))};`;

/** The types that openapi-typescript makes of a document. */
export async function makeTypes(document: object): Promise<string> {
  const hooks = registerHooks({
    resolve: (name, context, next) =>
      name === 'typescript'
        ? { url: `data:text/javascript,${encodeURIComponent(typescript5)}`, shortCircuit: true }
        : next(name, context),
  });
  try {
    const { default: generate, astToString } = await import('openapi-typescript');
    return astToString(await generate(JSON.stringify(document)));
  } finally {
    hooks.deregister();
  }
}

/** Writes the client that orval makes of a document into a folder, as `orval.ts`. */
export async function writeOrvalClient(document: object, folder: string): Promise<void> {
  const { generate } = await import('orval');
  const target = join(folder, 'openapi.json');
  await writeFile(target, JSON.stringify(document));
  const output = { target: join(folder, 'orval.ts'), client: 'fetch', mode: 'single' } as const;
  await generate({ input: { target }, output }, folder, { logLevel: 'error' });
}
