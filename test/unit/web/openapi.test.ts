import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { openChange } from '../../../src/core/digests/outside.ts';
import { apiActs, apiRoutes } from '../../../src/web/api/api-routes.ts';
import { makeDocument } from '../../../src/web/api/openapi.ts';
import { openToAll, routes } from '../../../src/web/routes.ts';
import { checkAnswer, document, findFaults } from '../../support/api.ts';
import { arbitraryStep } from '../../support/arbitrary-trial.ts';
import { everyChange } from '../../support/trial-samples.ts';

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
    const { Trial, Site } = document.components.schemas as Record<string, { properties: object }>;
    for (const schema of [Trial, Site])
      expect(Object.keys(schema?.properties ?? {})).not.toContain('contacts');
  });

  it('names every object, and lets later versions add fields to answers, but not programs to requests', () => {
    expect(Object.keys(document.components.schemas).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual(
      [],
    );
    const inside = findObjects(document.components.schemas).filter(({ path }) => path.split('/').length > 2);
    expect(inside).toEqual([]);
    const closed = findObjects(document).filter(({ schema }) => schema.additionalProperties === false);
    expect(closed.map(({ path }) => path)).toEqual(['/components/schemas/SubscriptionWish']);
  });

  it('gives an example of every answer and request, each as it says itself', () => {
    const contents = findContents(document);
    expect(contents.length).toBeGreaterThan(8);
    for (const { path, schema, example } of contents)
      expect([path, example && findFaults(schema, example)]).toEqual([path, []]);
  });
});

describe('the changes in the document', () => {
  const asChange = { $ref: '#/components/schemas/Change' };
  const answer = (change: Change) => ({
    id: 1,
    trial: { registry: 'ctgov', id: 'NCT09900001', title: 'A made-up trial' },
    version: 2,
    ...openChange(change),
    sentence: 'Something changed.',
    detectedAt: '2026-11-05T15:00:00.000Z',
    releasedAt: '2026-11-05T15:00:00.000Z',
    url: 'https://bell.example.org/trials/NCT09900001/changes/1',
  });
  const findChangeFaults = (changes: Change[]) =>
    changes.flatMap((one) => findFaults(asChange, answer(one)).map((fault) => `${one.kind}: ${fault}`));

  it('have the form of their kind before and after, whatever two records differ in', () => {
    expect(findChangeFaults(everyChange)).toEqual([]);
    fc.assert(
      fc.property(arbitraryStep, ({ before, after }) => {
        const { edits } = compareTrials(before, after);
        expect(findChangeFaults(edits.flatMap(({ change }) => change ?? []))).toEqual([]);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    const presence = ['registered', 'removed', 'returned'].map(
      (kind): Change => ({ facet: 'registration', kind, before: null, after: 'RECRUITING' }),
    );
    expect(findChangeFaults(presence)).toEqual([]);
  });

  it.each([
    ['a status that is a date', { kind: 'status', facet: 'status', before: '2026-11', after: 'RECRUITING' }],
    ['a kind of another facet', { kind: 'status', facet: 'dates', before: 'UNKNOWN', after: 'RECRUITING' }],
    ['an unknown kind', { kind: 'gossip', facet: 'status', before: null, after: null }],
    ['a site’s status without the site', { kind: 'site-status', facet: 'sites', before: null, after: null }],
  ] as const)('are not %s', (_name, change) => {
    expect(findChangeFaults([change])).not.toEqual([]);
  });
});

type Schema = { type?: unknown; properties?: object; additionalProperties?: unknown };

/** Every schema of an object with named fields, with its path. */
function findObjects(part: unknown, path = ''): { path: string; schema: Schema }[] {
  if (typeof part !== 'object' || part === null) return [];
  const below = Object.entries(part).flatMap(([name, one]) => findObjects(one, `${path}/${name}`));
  const schema = part as Schema;
  return schema.type === 'object' && schema.properties ? [{ path, schema }, ...below] : below;
}

/** Every body of JSON, with its schema and example. */
function findContents(part: unknown, path = ''): { path: string; schema: object; example: unknown }[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, one]) =>
    name === 'application/json' ? { path, ...one } : findContents(one, `${path}/${name}`),
  );
}

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
