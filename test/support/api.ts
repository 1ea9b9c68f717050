import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { z } from 'zod';
import { remember } from '../../src/core/text/remember.ts';
import type {
  ChangesAnswer,
  ConditionAnswer,
  ConditionsAnswer,
  ListAnswer,
  ProblemAnswer,
  SubscriptionAnswer,
  TrialAnswer,
  VersionAnswer,
  VersionsAnswer,
} from '../../src/web/api/answers.ts';
import { makeDocument } from '../../src/web/api/openapi.ts';

/** A response of the API, checked against the OpenAPI document. */
export type ApiAnswer<T> = { status: number; headers: Headers; json: T };

/** The successful responses by subject, and the problem response. */
export type Said = {
  trial: z.infer<typeof TrialAnswer>;
  versions: z.infer<typeof VersionsAnswer>;
  version: z.infer<typeof VersionAnswer>;
  changes: z.infer<typeof ChangesAnswer>;
  conditions: z.infer<typeof ConditionsAnswer>;
  condition: z.infer<typeof ConditionAnswer>;
  list: z.infer<typeof ListAnswer>;
  subscription: z.infer<typeof SubscriptionAnswer>;
  problem: z.infer<typeof ProblemAnswer>;
};

type Documented = {
  paths: Record<
    string,
    Record<
      string,
      { responses: Record<string, { content?: Record<string, { schema: object }> }>; operationId: string }
    >
  >;
  webhooks: {
    changes: { post: { requestBody: { content: { 'application/json': { schema: object } } } } };
  };
  components: { schemas: Record<string, object> };
};

/** The OpenAPI document. */
export const document = makeDocument('https://bell.example.org', '0.0.0') as unknown as Documented;

const ajv = new Ajv2020.default({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'document', components: close(document.components) });

/** The document is open, so that fields can be added; our own answers may have none that it does not name. */
function close<T>(schema: T): T {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(close) as T;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, close(part)]));
  return (
    'properties' in closed && closed.type === 'object' ? { additionalProperties: false, ...closed } : closed
  ) as T;
}

/** A schema's check is made once, and those of named schemas are shared: making one takes longer than using it. */
const checkOf = remember((schema) =>
  ajv.compile(close(JSON.parse(schema.replaceAll('"#/components/', '"document#/components/')))),
);

/** The faults of a value according to a schema of the document. */
export function findFaults(schema: object, value: unknown): string[] {
  const validate = checkOf(JSON.stringify(schema));
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The faults of a webhook message. */
export function findMessageFaults(body: string): string[] {
  return findFaults(
    document.webhooks.changes.post.requestBody.content['application/json'].schema,
    JSON.parse(body),
  );
}

/**
 * Calls the API and checks the response against the schema of its operation and status. Throws if the document does not
 * define the operation, the status or the media type.
 */
export async function askApi<T>(url: string, path: string, init: RequestInit = {}): Promise<ApiAnswer<T>> {
  const response = await fetch(url + path, { redirect: 'manual', ...init });
  const { status, headers } = response;
  const text = await response.text();
  const json = text === '' ? null : JSON.parse(text);
  const method = (init.method ?? 'GET').toLowerCase();
  const faults = checkAnswer({
    method,
    path: path.split('?')[0] ?? '',
    status,
    type: headers.get('content-type')?.replace(/;.*/, '') ?? null,
    json,
  });
  if (faults.length > 0)
    throw new Error(`${method} ${path}: ${status} is not as documented: ${faults.join('; ')}`);
  return { status, headers, json };
}

/** The faults of a response according to the document. */
export function checkAnswer(answer: {
  method: string;
  path: string;
  status: number;
  type: string | null;
  json: unknown;
}): string[] {
  const found = Object.entries(document.paths).find(
    ([path, methods]) =>
      answer.method in methods && new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(answer.path),
  );
  if (!found)
    return answer.status === 404 ? findFaults(asProblem, answer.json) : ['no operation is documented'];
  const responses = found[1][answer.method]?.responses ?? {};
  const documented = responses[answer.status];
  if (!documented) return ['the status is not documented'];
  if (!documented.content) return answer.json === null ? [] : ['it has a body'];
  const content = documented.content[answer.type ?? ''];
  return content ? findFaults(content.schema, answer.json) : [`${answer.type} is not documented`];
}

const asProblem = { $ref: '#/components/schemas/Problem' };
