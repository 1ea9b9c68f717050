import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { apiActs, apiRoutes } from '../../../src/web/api/api-routes.ts';
import { makeDocument } from '../../../src/web/api/openapi.ts';
import { openToAll, routes } from '../../../src/web/routes.ts';
import { checkAnswer, document } from '../../support/api.ts';

const made = () => structuredClone(makeDocument('https://bell.example.org/', '1.2.3'));

describe('the OpenAPI document', () => {
  it('is what OpenAPI 3.1 allows, by its official schema; a broken one is not', async () => {
    const validator = new Validator();
    const result = await validator.validate(made());
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    for (const broken of [
      { ...made(), openapi: '3.1', info: {} },
      { ...made(), paths: { 'no-slash': {} } },
      { ...made(), servers: [{}] },
    ])
      expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('describes every address of the API, once, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = apiRoutes
      .filter(([, path]) => path.startsWith('/api/'))
      .map(([method, path]) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(served.sort());
    const all = routes.map(([method, path]) => `${method} ${path}`);
    for (const [method, path] of apiRoutes) expect(all).toContain(`${method} ${path}`);
    const names = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(openToAll).toEqual(expect.arrayContaining([...apiActs]));
  });

  it('refers to nothing that is not in it', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '');
    expect(names.length).toBeGreaterThan(10);
    for (const name of names)
      expect(Object.keys(document.components.schemas)).toContain(name.replace('#/components/schemas/', ''));
    expect(text).not.toContain('$defs');
  });

  it('P11: has no place for contact values', () => {
    const { Trial, Site } = document.components.schemas as Record<
      string,
      { properties: object; additionalProperties: boolean }
    >;
    for (const schema of [Trial, Site]) {
      expect(schema?.additionalProperties).toBe(false);
      expect(Object.keys(schema?.properties ?? {})).not.toContain('contacts');
    }
  });
});

describe('the check of answers itself', () => {
  const answer = {
    method: 'get',
    path: '/api/v1/conditions',
    status: 200,
    type: 'application/json',
    json: { conditions: [], next: null } as unknown,
  };
  it.each([
    ['a field missing', { json: { conditions: [] } }],
    ['a field too many', { json: { conditions: [], next: null, extra: 1 } }],
    ['another type', { json: { conditions: {}, next: null } }],
    ['another status', { status: 418 }],
    ['another media type', { type: 'text/html' }],
    ['another address', { path: '/api/v1/people' }],
    ['another method', { method: 'delete' }],
    [
      'a problem without its status',
      { status: 400, type: 'application/problem+json', json: { type: 'x', title: 'x', detail: 'x' } },
    ],
  ])('finds %s', (_name, changed) => {
    expect(checkAnswer(answer)).toEqual([]);
    expect(checkAnswer({ ...answer, ...changed })).not.toEqual([]);
  });
});
