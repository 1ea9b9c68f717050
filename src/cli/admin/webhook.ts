import type { Command } from 'commander';
import type { Facet } from '../../core/change.ts';
import { addMs } from '../../core/instants.ts';
import { addWebhook, endWebhook, listWebhooks, turnSecret } from '../../db/integrations/webhooks.ts';
import { TrialbellError } from '../../errors.ts';
import { findTargetFault } from '../../jobs/integrations/webhook-address.ts';
import { makeWebhookSecret } from '../../jobs/integrations/webhook-signature.ts';
import { understandOrRefuse } from '../../jobs/subscribers/input-or-refusal.ts';
import { attemptsWhileWaiting, collect, parseFacets, parseIdArgument, withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';
import { actByHand } from './act.ts';

/** How long the previous secret keeps signing beside a new one, in milliseconds. */
const oldSecretMs = 24 * 3_600_000;

type Options = {
  trial?: string[];
  condition?: string[];
  changes?: Facet[];
  private?: boolean;
  json?: boolean;
};

/** `webhook`: sends released changes to other programs over HTTP. */
export function addWebhooks(program: Command): void {
  const verb = program
    .command('webhook')
    .description(
      'webhooks, signed HTTP requests that report changes to other programs: add, list, end, turn',
    );
  verb
    .command('add')
    .description('report changes to a program from now on; its secret is shown once')
    .argument('<URL>', 'where the messages go, https')
    .option('--trial <ID>', 'only this trial; may be repeated', collect)
    .option('--condition <TEXT>', 'only trials about this condition; may be repeated', collect)
    .option('--changes <FACET,...>', 'only these kinds of change', parseFacets)
    .option('--private', 'allow http, and addresses of this machine and of private networks')
    .option('--json', 'print id and secret as one JSON value')
    .action(addOne);
  verb
    .command('list')
    .description('all webhooks, and the messages that wait for them')
    .option('--json', 'print them as one JSON value')
    .action(listAll);
  const argument = ['<ID>', 'the number of the webhook, as "trialbell webhook list" shows it'] as const;
  verb
    .command('end')
    .description('end a webhook, and drop the messages that wait for it')
    .argument(...argument, parseIdArgument)
    .action(async (id: number) => {
      const isEnded = await withApp(({ context }) =>
        actByHand(context, async (tx) => {
          const result = await endWebhook(tx, id, 'by hand', context.now());
          return { result, entry: result ? { act: 'end-webhook', subject: `webhook ${id}` } : null };
        }),
      );
      if (!isEnded) throw unknown(id);
      say(`Webhook ${id} has been ended.`);
    });
  verb
    .command('turn')
    .description('give a webhook a new secret; for a day both secrets sign, so that its program can switch')
    .argument(...argument, parseIdArgument)
    .option('--json', 'print the secret as one JSON value')
    .action(async (id: number, options: { json?: boolean }) => {
      const secret = makeWebhookSecret();
      const isTurned = await withApp(({ context }) =>
        actByHand(context, async (tx) => {
          const oldUntil = addMs(context.now(), oldSecretMs);
          const result = await turnSecret(tx, context.keys, { id, secret, oldUntil });
          return { result, entry: result ? { act: 'turn-webhook', subject: `webhook ${id}` } : null };
        }),
      );
      if (!isTurned) throw unknown(id);
      if (options.json) return printJson({ id, secret });
      say(secret);
      process.stderr.write('The previous secret keeps signing for 24 hours.\n');
    });
}

async function addOne(url: string, options: Options): Promise<void> {
  const privateOk = options.private ?? false;
  const fault = findTargetFault(url, privateOk);
  if (fault !== null) throw new TrialbellError(`The address ${fault}.`, { exitCode: 2 });
  const secret = makeWebhookSecret();
  const added = await withApp(
    async ({ context }) => {
      const understood = [];
      for (const text of options.trial ?? [])
        understood.push(...(await understandOrRefuse(context, text, 'trial')));
      for (const text of options.condition ?? [])
        understood.push(...(await understandOrRefuse(context, text, 'condition')));
      const { keys, config, now } = context;
      const about = {
        url,
        secret,
        language: config.defaultLanguage,
        words: understood.map(({ words }) => words),
        topics: [...new Set(understood.flatMap(({ topics }) => topics))],
        facets: options.changes ?? [],
        privateOk,
        now: now(),
      };
      const id = await actByHand(context, async (tx) => {
        const result = await addWebhook(tx, keys, about);
        const details = { host: new URL(url).host, words: about.words, facets: about.facets, privateOk };
        return { result, entry: { act: 'add-webhook', subject: `webhook ${result}`, details } };
      });
      return { id, follows: understood.map(({ said }) => said) };
    },
    { registryAttempts: attemptsWhileWaiting },
  );
  if (options.json) return printJson({ ...added, secret });
  say(secret);
  const what = added.follows.length > 0 ? added.follows.join('; ') : 'every stored trial';
  process.stderr.write(
    `This is the secret of webhook ${added.id}. It will not be shown again. The webhook reports changes of ${what}. To store trials that nobody follows: trialbell import\n`,
  );
}

async function listAll(options: { json?: boolean }): Promise<void> {
  const webhooks = await withApp(({ context: { db } }) => listWebhooks(db));
  if (options.json) return printJson(webhooks);
  if (webhooks.length === 0) return say('There are no webhooks.');
  const rows = webhooks.map(({ id, host, words, facets, open, failingSince, endedAt, endedBecause }) => [
    id,
    host,
    words.join(', ') || 'everything',
    facets.join(', ') || 'all',
    open,
    endedAt ? `ended: ${endedBecause}` : failingSince ? `failing since ${failingSince.slice(0, 16)}` : 'well',
  ]);
  say(formatTable(['webhook', 'host', 'about', 'changes', 'waiting', 'state'], rows));
}

function unknown(id: number): TrialbellError {
  return new TrialbellError(`There is no active webhook ${id}. See: trialbell webhook list`);
}
