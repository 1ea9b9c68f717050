import type { Command } from 'commander';

/** `demo`: the offline story. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('an offline story on recorded registry days, from poll to an opened e-mail');
}
