import type { Context } from '../../src/jobs/context.ts';
import type { Registry, RegistryPage } from '../../src/registries/registry.ts';

/** A registry that runs a function before each page of a list, counted from 0. */
export function beforeEachPage(registry: Registry, act: (page: number) => unknown): Registry {
  return {
    ...registry,
    async *pages(query, from): AsyncGenerator<RegistryPage> {
      let page = 0;
      for await (const one of registry.pages(query, from)) {
        await act(page);
        page += 1;
        yield one;
      }
    },
  };
}

/** A map of one registry, for a context. */
export function only(registry: Registry): Pick<Context, 'registries'> {
  return { registries: new Map([[registry.id, registry]]) };
}
