import { Command, CommanderError } from 'commander';
import { programVersion, reportError } from './app.ts';
import { addApiKeys } from './cli/admin/api-key.ts';
import { addBounce } from './cli/admin/bounce.ts';
import { addDecisions } from './cli/admin/decide.ts';
import { addPreview } from './cli/admin/preview.ts';
import { addQuarantine } from './cli/admin/quarantine.ts';
import { addRuns } from './cli/admin/runs.ts';
import { addSubscribe } from './cli/admin/subscribe.ts';
import { addSuppressions } from './cli/admin/suppressions.ts';
import { addWebhooks } from './cli/admin/webhook.ts';
import { addWhy } from './cli/admin/why.ts';
import { addBackup } from './cli/data/backup.ts';
import { addImport } from './cli/data/import.ts';
import { addMigrate } from './cli/data/migrate.ts';
import { addRekey } from './cli/data/rekey.ts';
import { addDemo } from './cli/demo.ts';
import { addDiff } from './cli/diff.ts';
import { addDoctor } from './cli/doctor.ts';
import { addOnce } from './cli/once.ts';
import { addProcesses } from './cli/start.ts';
import { TrialbellError } from './errors.ts';

/** The command line with every verb. */
export function buildProgram(): Command {
  const program = new Command('trialbell')
    .description('Rings when a clinical trial changes.')
    .version(programVersion)
    .exitOverride()
    .showHelpAfterError('See: trialbell --help');
  for (const add of [
    addProcesses,
    addDemo,
    addMigrate,
    addOnce,
    addImport,
    addRuns,
    addDecisions,
    addQuarantine,
    addPreview,
    addWhy,
    addBackup,
    addRekey,
    addBounce,
    addSuppressions,
    addSubscribe,
    addDiff,
    addApiKeys,
    addWebhooks,
    addDoctor,
  ]) {
    add(program);
  }
  return program;
}

/** The verbs, as the contract names them. */
export const verbs = buildProgram().commands.map((command) => command.name());

/** Runs a command line. Exit code 0 when all went well, 1 when something failed, 2 for wrong usage. */
export async function main(argv: string[]): Promise<void> {
  try {
    const [verb] = argv;
    if (verb && !verb.startsWith('-') && verb !== 'help' && !verbs.includes(verb)) {
      throw new TrialbellError(`There is no verb "${verb}". Choose from: ${verbs.join(', ')}.`, {
        exitCode: 2,
      });
    }
    await buildProgram().parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      reportError(error);
    }
  }
}

if (import.meta.main) await main(process.argv.slice(2));
