import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ApiScope,
  addApiKey,
  apiScopes,
  endApiKey,
  listApiKeys,
} from '../../db/integrations/api-keys.ts';
import { TrialbellError } from '../../errors.ts';
import { makeApiKey } from '../../keys.ts';
import { parseId, withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';
import { actByHand } from './act.ts';

/** Uses of a key in an hour, unless said otherwise. */
const usualHourly = 600;

/** `api-key`: keys for programs of organisations. Reading needs none. */
export function addApiKeys(program: Command): void {
  const verb = program
    .command('api-key')
    .description('keys of organisations for what the API does beside reading: add, list, end');
  verb
    .command('add')
    .description('make a key; it is shown this once, and kept as a hash alone')
    .argument('<NAME>', 'whose key it is')
    .addOption(
      new Option('--scope <SCOPE>', 'what it may do; may be repeated')
        .choices(apiScopes)
        .argParser((value: string, before: ApiScope[] = []) => [...before, parseScope(value)]),
    )
    .option('--hourly <N>', `uses in an hour (${usualHourly})`, parseCount)
    .option('--json', 'print the key as one JSON value')
    .action(async (name: string, options: { scope?: ApiScope[]; hourly?: number; json?: boolean }) => {
      const scopes = [...new Set(options.scope ?? [])];
      if (scopes.length === 0)
        throw new TrialbellError(`Say what it is for: --scope ${apiScopes.join(', --scope ')}.`, {
          exitCode: 2,
        });
      const { token, hash } = makeApiKey();
      const hourly = options.hourly ?? usualHourly;
      const id = await withApp(({ context }) =>
        actByHand(context, async (tx) => {
          const result = await addApiKey(tx, { name, hash, scopes, hourly, now: context.now() });
          const subject = `api key ${result}`;
          return { result, entry: { act: 'add-api-key', subject, details: { name, scopes, hourly } } };
        }),
      );
      if (options.json) return printJson({ id, name, scopes, hourly, key: token });
      say(token);
      process.stderr.write(
        `This is key ${id} of ${name}, shown this once. End it with: trialbell api-key end ${id}\n`,
      );
    });
  verb
    .command('list')
    .description('all keys, never themselves')
    .option('--json', 'print them as one JSON value')
    .action(async (options: { json?: boolean }) => {
      const keys = await withApp(({ context: { db } }) => listApiKeys(db));
      if (options.json) return printJson(keys);
      if (keys.length === 0) return say('There is no key.');
      const rows = keys.map(({ id, name, scopes, hourly, createdAt, lastUsedAt, endedAt }) => [
        id,
        name,
        scopes.join(', '),
        hourly,
        minuteOf(createdAt),
        minuteOf(lastUsedAt),
        minuteOf(endedAt),
      ]);
      say(formatTable(['key', 'of', 'for', 'uses/hour', 'made (UTC)', 'last used', 'ended'], rows));
    });
  verb
    .command('end')
    .description('end a key at once')
    .argument('<ID>', 'the number of the key, as "trialbell api-key list" shows it', parseId)
    .action(async (id: number) => {
      const isEnded = await withApp(({ context }) =>
        actByHand(context, async (tx) => {
          const result = await endApiKey(tx, id, context.now());
          return { result, entry: result ? { act: 'end-api-key', subject: `api key ${id}` } : null };
        }),
      );
      if (!isEnded) throw new TrialbellError(`There is no key ${id} in use. See: trialbell api-key list`);
      say(`Key ${id} is ended.`);
    });
}

function parseScope(text: string): ApiScope {
  const scope = apiScopes.find((known) => known === text);
  if (!scope) throw new InvalidArgumentError(`There is no "${text}". Choose from: ${apiScopes.join(', ')}.`);
  return scope;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It is no number of uses from 1 on.');
  return Number(text);
}

/** A minute for a table; empty for never. */
function minuteOf(instant: string | null): string {
  return instant === null ? '' : instant.slice(0, 16).replace('T', ' ');
}
