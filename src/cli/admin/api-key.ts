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
import { parseIdArgument, withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';
import { actByHand } from './act.ts';

/** The default number of uses of a key per hour. */
const usualHourly = 600;

/** `api-key`: API keys of organizations. Reading needs none. */
export function addApiKeys(program: Command): void {
  const verb = program
    .command('api-key')
    .description('API keys, which everything but reading needs: add, list, end');
  verb
    .command('add')
    .description('make a key; it is shown once and stored only as a hash')
    .argument('<NAME>', 'the name of its owner')
    .addOption(
      new Option('--scope <SCOPE>', 'what the key allows; may be repeated')
        .choices(apiScopes)
        .argParser((value: string, before: ApiScope[] = []) => [...before, parseScope(value)]),
    )
    .option('--hourly <N>', `uses per hour (${usualHourly})`, parseCount)
    .option('--json', 'print the key as one JSON value')
    .action(async (name: string, options: { scope?: ApiScope[]; hourly?: number; json?: boolean }) => {
      const scopes = [...new Set(options.scope ?? [])];
      if (scopes.length === 0)
        throw new TrialbellError(`Say what the key allows: --scope ${apiScopes.join(', --scope ')}.`, {
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
        `This is key ${id} of ${name}. It will not be shown again. End it with: trialbell api-key end ${id}\n`,
      );
    });
  verb
    .command('list')
    .description('all keys, without the secrets')
    .option('--json', 'print them as one JSON value')
    .action(async (options: { json?: boolean }) => {
      const keys = await withApp(({ context: { db } }) => listApiKeys(db));
      if (options.json) return printJson(keys);
      if (keys.length === 0) return say('There are no keys.');
      const rows = keys.map(({ id, name, scopes, hourly, createdAt, lastUsedAt, endedAt }) => [
        id,
        name,
        scopes.join(', '),
        hourly,
        minuteOf(createdAt),
        minuteOf(lastUsedAt),
        minuteOf(endedAt),
      ]);
      say(formatTable(['key', 'owner', 'scopes', 'uses/hour', 'made (UTC)', 'last used', 'ended'], rows));
    });
  verb
    .command('end')
    .description('end a key at once')
    .argument('<ID>', 'the number of the key, as "trialbell api-key list" shows it', parseIdArgument)
    .action(async (id: number) => {
      const isEnded = await withApp(({ context }) =>
        actByHand(context, async (tx) => {
          const result = await endApiKey(tx, id, context.now());
          return { result, entry: result ? { act: 'end-api-key', subject: `api key ${id}` } : null };
        }),
      );
      if (!isEnded) throw new TrialbellError(`There is no active key ${id}. See: trialbell api-key list`);
      say(`Key ${id} has been ended.`);
    });
}

function parseScope(text: string): ApiScope {
  const scope = apiScopes.find((known) => known === text);
  if (!scope) throw new InvalidArgumentError(`There is no "${text}". Choose from: ${apiScopes.join(', ')}.`);
  return scope;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.');
  return Number(text);
}

/** An instant to the minute, for a table; empty for null. */
function minuteOf(instant: string | null): string {
  return instant === null ? '' : instant.slice(0, 16).replace('T', ' ');
}
