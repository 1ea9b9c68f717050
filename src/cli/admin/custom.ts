import type { Command } from 'commander';
import { readConfig } from '../../config.ts';
import { readCatalogue } from '../../mail/catalogue-files.ts';
import { type Custom, customFolder, listFaults, openCustom } from '../../mail/custom/custom.ts';
import { sayCustomFault } from '../../mail/custom/fault.ts';
import { printJson, say } from '../output.ts';

/** `custom`: the operator's own texts, templates, logo and colours. */
export function addCustom(program: Command): void {
  program
    .command('custom')
    .description("an operator's own texts, templates, logo and colours: check")
    .command('check')
    .description(
      'list the faults in CUSTOM_DIR by file and key, and each built-in part with its replacement; exit 1 if there is a fault',
    )
    .option('--json', 'print one JSON value')
    .action(({ json }: { json?: boolean }) => {
      const custom = openCustom(customFolder(readConfig()));
      const faults = listFaults(custom);
      if (faults.length > 0) process.exitCode = 1;
      if (json)
        return printJson({ folder: custom.folder, faults: custom.faults, replaced: listReplaced(custom) });
      for (const line of reportCustom(custom)) say(line);
      if (faults.length === 0) say(`No fault in ${custom.folder}.`);
    });
}

type Replaced = { file: string; key: string | null; from: string | null; to: string | null };

/** The operator's own parts: texts, each with the built-in wording, and files. */
function listReplaced({ messages, templates, logo, colours, words }: Custom): Replaced[] {
  const whole = (file: string): Replaced => ({ file, key: null, from: null, to: null });
  const english = readCatalogue('en');
  return [
    ...[...messages].flatMap(([language, own]) => {
      const builtIn = { ...english, ...readCatalogue(language) };
      return Object.entries(own).map(([key, to]) => ({
        ...{ file: `messages/${language}.json`, key, from: builtIn[key] ?? null, to },
      }));
    }),
    ...[...templates.keys()].map((path) => whole(`templates/${path}`)),
    ...(logo ? [whole(logo.path.slice(1))] : []),
    ...(colours === '' ? [] : [whole('colours.json')]),
    ...[...words.keys()].map((language) => whole(`who-we-are.${language}.txt`)),
  ];
}

/** One line for each part that replaces a built-in one, and for each fault and warning. */
export function reportCustom(custom: Custom): string[] {
  return [
    ...listReplaced(custom).map(({ file, key, from, to }) =>
      key === null ? `own   ${file}` : `own   ${file}, ${key}: “${from}” is “${to}”`,
    ),
    ...custom.faults.map((one) => `${one.isWarning ? 'warn ' : 'FAULT'} ${sayCustomFault(one)}`),
  ];
}
