import type { Command } from 'commander';
import { explainChanges } from '../../core/why/explain.ts';
import { findTrialPage } from '../../db/catalog/trial-pages.ts';
import { findSubscriber } from '../../db/subscribers/subscribers.ts';
import { TrialbellError } from '../../errors.ts';
import type { Context } from '../../jobs/context.ts';
import { createWording } from '../../mail/catalogue.ts';
import { readWhyFacts } from '../../use-cases/admin/why-facts.ts';
import { viewChange, viewFollows } from '../../web/admin/people/why-view.ts';
import { parseAddress, withApp } from '../options.ts';
import { printJson, say } from '../output.ts';

const changesShown = 20;

/** `why`: explains why a person was or was not notified about a trial, with the same steps as on the admin page. */
export function addWhy(program: Command): void {
  program
    .command('why')
    .description('explain why a person was or was not notified about the changes of a trial')
    .argument('<EMAIL>', 'the address of a subscriber', parseAddress)
    .argument('<TRIAL>', 'the number of the trial')
    .option('--json', 'print one JSON value')
    .addHelpText('after', `\nThe newest ${changesShown} changes are shown. Nothing is written or sent.`)
    .action(async (email: string, trial: string, { json }: { json?: boolean }) => {
      const { follows, changes } = await withApp(({ context }) => explain(context, email, trial));
      if (json) return printJson({ follows, changes });
      for (const { name, steps } of follows.matching) {
        say(`${name}:`);
        for (const { text } of steps) say(`  ${text}`);
      }
      if (follows.others) say(follows.others);
      for (const { sentence, verdict, steps } of changes) {
        say(`\n${sentence} ${verdict}`);
        for (const { text } of steps) say(`  ${text}`);
      }
    });
}

async function explain(context: Context, email: string, asked: string) {
  const { db, keys, registries, now } = context;
  const wording = createWording('en');
  const named = [...registries.values()].flatMap((one) => {
    const id = one.findId(asked);
    return id ? [{ registry: one.id, id }] : [];
  })[0];
  if (!named) throw new TrialbellError(wording.say('admin.why.no-number'), { exitCode: 2 });
  const subscriberId = await findSubscriber(db, keys, email);
  if (subscriberId === null) throw new TrialbellError('Nobody with this address follows anything.');
  const stored = await findTrialPage(db, named.registry, named.id);
  if (!stored) throw new TrialbellError(wording.say('admin.why.no-trial'));
  const question = { subscriberId, trialId: stored.trialId, changeId: null, changesAtMost: changesShown };
  const facts = await readWhyFacts(context, question, now());
  if (!facts) throw new TrialbellError('Nobody with this address follows anything.');
  const explained = explainChanges(facts);
  return {
    follows: viewFollows(wording, facts),
    changes: facts.changes.map((change) => ({
      ...viewChange(wording, facts, change, explained.get(change.id)),
      end: explained.get(change.id)?.verdict,
    })),
  };
}
