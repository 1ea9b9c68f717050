import { z } from 'zod';

/** An object of JSON. */
export type JsonObject = Record<string, unknown>;

/**
 * A schema as JSON Schema. Schemas with a name go into `schemas` and are referenced. Answers are open: a program must
 * accept fields that a later version adds. What a program sends is closed.
 */
export function describeSchema(schema: z.ZodType, schemas: JsonObject, io: 'input' | 'output'): JsonObject {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'throw',
    override: ({ jsonSchema }) => simplify(jsonSchema, io),
  });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
  const {
    $schema: _,
    $defs = {},
    id,
    ...rest
  } = JSON.parse(text) as JsonObject & {
    $defs?: Record<string, JsonObject>;
    id?: string;
  };
  for (const [name, { id: __, ...one }] of Object.entries($defs)) schemas[name] = one;
  if (id === undefined) return rest;
  schemas[id] = rest;
  return { $ref: `#/components/schemas/${id}` };
}

/** Removes what says nothing more: the pattern beside the format of a time, and the largest number of JavaScript. */
function simplify(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  if (schema.format === 'date' || schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
}
