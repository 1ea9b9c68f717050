import type { Command } from 'commander';
import { runUntilStopped } from '../app-process.ts';
import { TrialbellError } from '../errors.ts';
import { queueNames } from '../queue/table.ts';
import { say } from './output.ts';

/** `start`, `worker` and `web`: the processes that run until they are stopped. */
export function addProcesses(program: Command): void {
  program
    .command('start')
    .description('run the web pages and all workers in one process')
    .action(() =>
      runUntilStopped(
        async (app) => {
          const [worked, served] = await Promise.allSettled([app.workInThread(queueNames), app.serve()]);
          if (worked.status === 'rejected') throw worked.reason;
          if (served.status === 'rejected') throw served.reason;
          say(`Trialbell runs at ${served.value}. Stop it with Ctrl-C.`);
        },
        { part: 'pages' },
      ),
    );
  program
    .command('worker')
    .description(`run only the named workers (${queueNames.join(', ')}); without names, all of them`)
    .argument('[NAME...]')
    .action(async (names: string[]) => {
      const chosen = names.map((name) => {
        const known = queueNames.find((queue) => queue === name);
        if (!known) {
          throw new TrialbellError(`There is no worker "${name}". Choose from: ${queueNames.join(', ')}.`, {
            exitCode: 2,
          });
        }
        return known;
      });
      await runUntilStopped((app) => app.work(chosen.length > 0 ? chosen : queueNames));
    });
  program
    .command('web')
    .description('run only the web pages')
    .action(() => runUntilStopped(async (app) => say(`The pages are at ${await app.serve()}.`)));
}
