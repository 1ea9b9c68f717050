import { type Command, Option } from 'commander';
import type { Facet } from '../../core/change.ts';
import { type Frequency, frequencies } from '../../core/schedule.ts';
import { TrialbellError } from '../../errors.ts';
import { checkWish, type Subscribed, subscribe } from '../../jobs/subscribers/subscribe.ts';
import { languagesWithRegions } from '../../languages.ts';
import { attemptsWhileWaiting, collect, parseFacets, parseHour, parseTimezone, withApp } from '../options.ts';
import { printJson, say } from '../output.ts';

type Options = {
  trial?: string[];
  condition?: string[];
  frequency?: Frequency;
  hour?: number;
  timezone?: string;
  changes?: Facet[];
  language?: string;
  confirmed?: boolean;
  consent?: string;
  json?: boolean;
};

/** `subscribe`: adds subscriptions by hand. */
export function addSubscribe(program: Command): void {
  program
    .command('subscribe')
    .description('add a subscription by hand; without --confirmed the usual confirmation email goes out')
    .argument('<EMAIL>')
    .option('--trial <ID>', 'a trial number or a registry link; may be repeated', collect)
    .option('--condition <TEXT>', 'a condition in everyday or registry words; may be repeated', collect)
    .addOption(
      new Option('--frequency <HOW>', 'daily for a trial, weekly for a condition by default').choices(
        frequencies,
      ),
    )
    .option('--hour <HH>', "hour of the email in the reader's time zone (9)", parseHour)
    .option('--timezone <ZONE>', 'IANA time zone (DEFAULT_TIMEZONE)', parseTimezone)
    .option('--changes <FACET,...>', 'the kinds of change to report', parseFacets)
    .addOption(
      new Option('--language <CODE>', 'language of the emails to a new reader (DEFAULT_LANGUAGE)').choices(
        languagesWithRegions,
      ),
    )
    .option('--confirmed', 'the person has already agreed; needs --consent')
    .option('--consent <TEXT>', 'how and when the person agreed')
    .option('--json', 'print what was added as one JSON value')
    .action(async (email: string, options: Options) => {
      if (options.confirmed && !options.consent?.trim()) {
        throw new TrialbellError(
          '--confirmed needs --consent "how, when": it is stored with the subscription as proof.',
          {
            exitCode: 2,
          },
        );
      }
      const wish = {
        email,
        trials: options.trial ?? [],
        conditions: options.condition ?? [],
        frequency: options.frequency ?? null,
        hour: options.hour ?? null,
        timezone: options.timezone ?? null,
        facets: options.changes ?? null,
        language: options.language ?? null,
        consent: options.confirmed ? (options.consent ?? null) : null,
      };
      checkWish(wish);
      const added = await withApp((app) => subscribe(app.context, wish), {
        registryAttempts: attemptsWhileWaiting,
      });
      if (options.json) printJson({ subscriptions: added });
      else for (const one of added) say(describe(one));
    });
}

function describe(one: Subscribed): string {
  const what = one.isNew ? `Following ${one.understoodAs}.` : `Already following ${one.understoodAs}.`;
  if (one.state === 'pending')
    return `${what} An email will ask for confirmation; it goes out with the next round.`;
  if (one.state === 'paused') return `${what} It is paused.`;
  return one.watching ? what : `${what} Not yet watching: the registry will be read in the next round.`;
}
