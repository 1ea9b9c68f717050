import { enableCompileCache } from 'node:module';
import { Command, CommanderError } from 'commander';
import { reportError, TrialbellError } from './errors.ts';
import { compileCacheFolder, programVersion } from './version.ts';

enableCompileCache(compileCacheFolder);

type AddVerbs = (program: Command) => void;

/**
 * The verbs in the order of the help, with the module that adds each. One verb loads only its own module; the
 * help loads all.
 */
const modules: [verbs: string[], load: () => Promise<AddVerbs>][] = [
  [['start', 'worker', 'web'], async () => (await import('./cli/start.ts')).addProcesses],
  [['demo'], async () => (await import('./cli/demo.ts')).addDemo],
  [['migrate'], async () => (await import('./cli/data/migrate.ts')).addMigrate],
  [['once'], async () => (await import('./cli/once.ts')).addOnce],
  [['import'], async () => (await import('./cli/data/import.ts')).addImport],
  [['runs'], async () => (await import('./cli/admin/runs.ts')).addRuns],
  [['release', 'discard'], async () => (await import('./cli/admin/decide.ts')).addDecisions],
  [['quarantine'], async () => (await import('./cli/admin/quarantine.ts')).addQuarantine],
  [['custom'], async () => (await import('./cli/admin/custom.ts')).addCustom],
  [['preview'], async () => (await import('./cli/admin/preview.ts')).addPreview],
  [['why'], async () => (await import('./cli/admin/why.ts')).addWhy],
  [['backup', 'restore'], async () => (await import('./cli/data/backup.ts')).addBackup],
  [['rekey'], async () => (await import('./cli/data/rekey.ts')).addRekey],
  [['bounce'], async () => (await import('./cli/admin/bounce.ts')).addBounceVerb],
  [['lists'], async () => (await import('./cli/admin/lists.ts')).addLists],
  [['suppressions'], async () => (await import('./cli/admin/suppressions.ts')).addSuppressions],
  [['subscribe'], async () => (await import('./cli/admin/subscribe.ts')).addSubscribe],
  [['diff'], async () => (await import('./cli/diff.ts')).addDiff],
  [['match'], async () => (await import('./cli/data/match.ts')).addMatch],
  [['links'], async () => (await import('./cli/data/links.ts')).addLinks],
  [['api-key'], async () => (await import('./cli/admin/api-key.ts')).addApiKeys],
  [['webhook'], async () => (await import('./cli/admin/webhook.ts')).addWebhooks],
  [['ready'], async () => (await import('./cli/ready.ts')).addReady],
  [['doctor'], async () => (await import('./cli/doctor.ts')).addDoctor],
];

/** The names of all verbs. */
export const verbs = modules.flatMap(([names]) => names);

/** Builds the command line with the verbs of one module, or with all verbs. */
export async function buildProgram(verb?: string): Promise<Command> {
  const program = new Command('trialbell')
    .description('Rings when a clinical trial changes.')
    .version(programVersion)
    .exitOverride()
    .showHelpAfterError('See: trialbell --help');
  const own = modules.filter(([names]) => names.some((name) => name === verb));
  for (const [, load] of own.length > 0 ? own : modules) (await load())(program);
  return program;
}

/** Runs a command line. Exit codes: 0 success, 1 failure, 2 wrong usage. */
export async function main(argv: string[]): Promise<void> {
  try {
    const [verb] = argv;
    if (verb && !verb.startsWith('-') && verb !== 'help' && !verbs.includes(verb)) {
      throw new TrialbellError(`There is no verb "${verb}". Choose from: ${verbs.join(', ')}.`, {
        exitCode: 2,
      });
    }
    await (await buildProgram(verb)).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      reportError(error);
    }
  }
}

if (import.meta.main) await main(process.argv.slice(2));
