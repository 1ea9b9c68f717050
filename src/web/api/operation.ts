import { z } from 'zod';
import { exampleIds } from '../../core/registries.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { ApiScope } from '../../db/integrations/api-keys.ts';
import { isLanguage, languagesWithRegions } from '../../languages.ts';
import { createWording } from '../../mail/catalogue.ts';
import type { Form, PageHandler, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { checkApiKey } from './key.ts';
import { type ParameterFault, problemOf, wrongParameters } from './problem.ts';

/** One operation of the API: its description for the OpenAPI document, and its handler. */
export type Operation = {
  name: string;
  method: 'GET' | 'POST';
  /** As OpenAPI writes it, with `{id}` for a parameter. */
  path: string;
  summary: string;
  description: string;
  /** The scope that a key must have; null if no key is needed. */
  scope: ApiScope | null;
  params: z.ZodObject;
  query: z.ZodObject;
  body: z.ZodType | null;
  /** The response on success. */
  success: {
    status: 200 | 202;
    description: string;
    schema: z.ZodType;
    /** The media types of a table, if it is not JSON; the schema is that of a row. */
    types?: readonly string[];
  };
  /** Statuses beyond those of every operation. */
  otherwise: readonly number[];
  handler: PageHandler;
};

type Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = Omit<
  Operation,
  'params' | 'query' | 'body' | 'handler' | 'scope' | 'otherwise'
> & {
  scope?: ApiScope;
  otherwise?: readonly number[];
  params: P;
  query: Q;
  body?: B;
  act(
    input: { params: z.infer<P>; query: z.infer<Q>; body: z.infer<B> },
    request: PageRequest,
    deps: WebDeps,
  ): Promise<PageResponse>;
};

/** Defines an operation. Its input, and its key if it needs one, are checked before `act` runs. */
export function defineOperation<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType = z.ZodNull,
>({ act, scope, otherwise = [], body, ...about }: Definition<P, Q, B>): Operation {
  const handler: PageHandler = async (request, deps) => {
    const refused = scope === undefined ? null : await checkApiKey(request, deps, scope);
    if (refused !== null) return refused;
    if (body !== undefined && request.json === undefined) return problemOf(415);
    const faults: ParameterFault[] = [];
    const params = check(about.params, request.params, faults);
    const query = check(about.query, readQuery(about.query, request.query, faults), faults);
    const sent = body === undefined ? null : check(body, request.json, faults, 'body');
    if (faults.length > 0) return wrongParameters('invalid-parameter', faults);
    return act(
      { params: params as z.infer<P>, query: query as z.infer<Q>, body: sent as z.infer<B> },
      request,
      deps,
    );
  };
  return { ...about, scope: scope ?? null, otherwise, body: body ?? null, handler };
}

/** A JSON response, cacheable for `cacheSeconds` if given. */
export function answerJson(value: unknown, cacheSeconds?: number): PageResponse {
  const answer = { body: JSON.stringify(value), type: 'application/json', isWordless: true };
  return cacheSeconds === undefined ? answer : { ...answer, cacheSeconds };
}

/** The `language` parameter of operations that return sentences. */
export const languageQuery = z
  .enum(languagesWithRegions as [string, ...string[]])
  .optional()
  .meta({ description: "The language of sentences; the operator's default if not given" });

/** The fault of a text that should be a trial number. */
export const noTrialNumber = `is not a trial number such as ${exampleIds}`;

/** The wording of a request. */
export function wordingOf(asked: string | undefined, { config }: WebDeps): Wording {
  return createWording(asked !== undefined && isLanguage(asked) ? asked : config.defaultLanguage);
}

/** The `limit` parameter of a list. */
export function limitOf(most: number, usual: number): z.ZodDefault<z.ZodInt> {
  return z
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .meta({ description: `Most entries to return, up to ${most}` });
}

/** The `cursor` parameter of a list. */
export const cursor = z
  .string()
  .min(1)
  .max(400)
  .optional()
  .meta({ description: 'The `next` of the previous page' });

/** Parses a value. If it is invalid, adds its faults and returns null. */
function check(schema: z.ZodType, value: unknown, faults: ParameterFault[], root = ''): unknown {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  for (const { path, message } of error.issues) {
    const name = path.reduce<string>(
      (whole, part) =>
        typeof part === 'number' ? `${whole}[${part}]` : `${whole}${whole ? '.' : ''}${String(part)}`,
      '',
    );
    faults.push({ parameter: name || root, detail: message });
  }
  return null;
}

/** Converts query texts to the numbers and lists that the schema expects. */
function readQuery(schema: z.ZodObject, sent: Form, faults: ParameterFault[]): Record<string, unknown> {
  const types = z.toJSONSchema(schema, { io: 'input' }).properties ?? {};
  const read: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(sent)) {
    const type = (types[name] as { type?: string } | undefined)?.type;
    if (type === 'array') read[name] = values;
    else if (values.length > 1) faults.push({ parameter: name, detail: 'is given more than once' });
    else
      read[name] = type === 'integer' && /^-?\d{1,9}$/.test(values[0] ?? '') ? Number(values[0]) : values[0];
  }
  return read;
}
