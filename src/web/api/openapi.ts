import type { z } from 'zod';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { ProblemAnswer, WebhookMessage } from './answers.ts';
import { listChanges } from './changes.ts';
import { listConditions, readCondition } from './conditions.ts';
import { makeExamples } from './examples.ts';
import { exportChanges } from './export-changes.ts';
import { describeSchema, type JsonObject } from './json-schema.ts';
import { answerJson, type Operation } from './operation.ts';
import { readListOperation } from './shared-lists.ts';
import { subscribeOperation } from './subscriptions.ts';
import { listVersions, readTrialOperation, readVersion } from './trials.ts';

/** All operations of the API. */
export const operations: readonly Operation[] = [
  readTrialOperation,
  listVersions,
  readVersion,
  listChanges,
  exportChanges,
  listConditions,
  readCondition,
  readListOperation,
  subscribeOperation,
];

const keptSeconds = 3_600;

const descriptions: Readonly<Record<number, string>> = {
  301: 'Moved to another address',
  304: 'Not modified (If-None-Match)',
  400: 'The request is invalid; the problem says why',
  401: 'The key is missing or not valid',
  403: 'The key does not allow this',
  404: 'Not found',
  410: 'The cursor is newer than the backup that this server was restored from',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'A trial or condition cannot be followed; the problem names it',
  429: 'The key was used too often, or too many files were asked for; see Retry-After',
  500: 'An error in this server',
  503: 'The registry does not answer; see Retry-After',
};

/** `GET /openapi.json`: the API's document, generated from the schemas of its responses. */
export function showOpenApi(_visit: PageRequest, deps: WebDeps): PageResponse {
  return answerJson(makeDocument(deps.config.baseUrl, deps.version), keptSeconds);
}

/** The OpenAPI 3.1 document. `version` is the program's; the API's own version is in its paths. */
export function makeDocument(baseUrl: string, version: string): JsonObject {
  const schemas: JsonObject = {};
  const paths: Record<string, JsonObject> = {};
  const host = baseUrl.replace(/\/+$/, '');
  const examples = makeExamples(host);
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    paths[operation.path] = path;
    path[operation.method.toLowerCase()] = describe(operation, schemas, examples);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Trialbell',
      version,
      description:
        'Changes in public trial registries. Reading needs no key. Lists are paged by cursors; responses may be cached as long as their headers say and have an ETag. Errors are problems (RFC 9457). Nothing is renamed or removed, but fields, codes and kinds of change may be added: pass over what your program does not know. Sentences are ours; registry texts are passed on without invisible characters, otherwise unchanged, and may contain anything a registrant typed.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: host }],
    paths,
    webhooks: {
      changes: {
        post: {
          operationId: 'changesReleased',
          summary: 'Released changes, sent to your URL',
          description:
            'Signed according to Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature). Respond with 2xx within 10 seconds; redirects are not followed. After any other response the message is sent again, with the same webhook-id, for three days; 410 ends the webhook.',
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: describeSchema(WebhookMessage, schemas, 'output'),
                example: examples.webhook,
              },
            },
          },
          responses: { 204: { description: 'Accepted' } },
        },
      },
    },
    components: {
      schemas,
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, issued by the operator of this server',
        },
      },
    },
  };
}

function describe(
  operation: Operation,
  schemas: JsonObject,
  examples: Readonly<Record<string, unknown>>,
): JsonObject {
  const { name, summary, description, scope, params, query, body, success } = operation;
  const statuses = [400, 500, ...operation.otherwise, ...(scope === null ? [] : [401, 403, 413, 415, 429])];
  return {
    operationId: name,
    summary,
    description,
    ...(scope === null ? {} : { security: [{ key: [] }] }),
    parameters: [
      ...describeParameters(params, 'path', schemas),
      ...describeParameters(query, 'query', schemas),
    ],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: describeSchema(body, schemas, 'input'),
                example: examples.request,
              },
            },
          },
        }),
    responses: {
      [success.status]: {
        description: success.description,
        content: describeContent(success, examples[name], schemas),
      },
      ...Object.fromEntries(
        statuses.map((status) => [
          status,
          {
            description: descriptions[status] ?? String(status),
            ...(status < 400
              ? {}
              : {
                  content: {
                    'application/problem+json': { schema: describeSchema(ProblemAnswer, schemas, 'output') },
                  },
                }),
          },
        ]),
      ),
    },
  };
}

/** JSON, or a table: rows of the schema in NDJSON, a text or bytes in the other forms. */
function describeContent(
  { schema, types }: Operation['success'],
  example: unknown,
  schemas: JsonObject,
): JsonObject {
  const described = describeSchema(schema, schemas, 'output');
  if (types === undefined) return { 'application/json': { schema: described, example } };
  return Object.fromEntries(
    types.map((type) => {
      if (type === 'application/x-ndjson') return [type, { schema: described, example }];
      return [
        type,
        { schema: { type: 'string', ...(type.startsWith('text/') ? {} : { format: 'binary' }) } },
      ];
    }),
  );
}

function describeParameters(schema: z.ZodObject, where: 'path' | 'query', schemas: JsonObject): JsonObject[] {
  const { properties = {}, required = [] } = describeSchema(schema, schemas, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...shape }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: shape,
  }));
}
