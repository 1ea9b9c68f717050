import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { isLanguage } from '../../languages.ts';
import { type CustomFault, sayCustomFault } from './fault.ts';
import { openOwnFiles } from './own-files.ts';
import { type Logo, readColours, readLogo } from './own-looks.ts';
import { type OwnMessages, readOwnMessages } from './own-messages.ts';
import { readOwnTemplates, TemplateEngine } from './own-templates.ts';

/** A paragraph or heading of an operator's own text. */
export type OwnParagraph = { isHeading: boolean; text: string };

/** The operator's own parts in CUSTOM_DIR. For a faulty part, the built-in one is used. */
export type Custom = {
  folder: string;
  faults: readonly CustomFault[];
  messages: OwnMessages;
  templates: ReadonlyMap<string, string>;
  engines: { html: TemplateEngine; text: TemplateEngine; pages: TemplateEngine };
  logo: Logo | null;
  /** Rules that follow the stylesheet of the pages. */
  colours: string;
  /** The text about the operator, by language. */
  words: ReadonlyMap<string, OwnParagraph[]>;
  /** Records that an own part failed in use and the built-in one was used. */
  report: (file: string, key: string | null, reason: string) => void;
  /** Returns the failures in use since the last call. */
  takeFailures: () => string[];
};

const failuresKept = 20;
const known = ['logo.svg', 'logo.png', 'colours.json'];
const opened = new WeakMap<Config, Custom>();

/** The operator's own parts under this configuration, read once. */
export function customOf(config: Config): Custom {
  const custom = opened.get(config) ?? openCustom(customFolder(config));
  opened.set(config, custom);
  return custom;
}

/** CUSTOM_DIR, or its default. */
export function customFolder({ customDir, dataDir }: Pick<Config, 'customDir' | 'dataDir'>): string {
  return customDir ?? join(dataDir, 'custom');
}

/** Reads and checks a folder with own parts. Never throws; a folder that does not exist has none. */
export function openCustom(folder: string): Custom {
  const files = openOwnFiles(folder);
  const faults: CustomFault[] = [];
  const templates = readOwnTemplates(files, faults);
  const messages = readOwnMessages(files, faults);
  const words = new Map<string, OwnParagraph[]>();
  for (const file of files.list('.')) {
    if (known.includes(file) || /^(templates|messages)\//.test(file)) continue;
    const language = /^who-we-are\.([\w-]+)\.txt$/.exec(file)?.[1];
    if (language !== undefined && isLanguage(language)) {
      const text = files.read(file, faults)?.toString('utf8');
      if (text !== undefined) words.set(language, readParagraphs(text));
    } else faults.push({ file, key: null, reason: 'is not used: see docs/customising.md', isWarning: true });
  }
  const failures = new Set<string>();
  const toldOf = new Set<string>();
  return {
    folder,
    faults,
    messages,
    templates,
    engines: {
      html: new TemplateEngine(templates),
      text: new TemplateEngine(templates, { autoEscape: false }),
      pages: new TemplateEngine(templates, { folder: 'pages' }),
    },
    logo: readLogo(files, faults),
    colours: readColours(files, faults),
    words,
    report(file, key, reason) {
      const said = sayCustomFault({ file, key, reason: reason.slice(0, 300), isWarning: false });
      if (toldOf.has(said) || toldOf.size >= failuresKept) return;
      toldOf.add(said);
      failures.add(said);
    },
    takeFailures() {
      const taken = [...failures];
      failures.clear();
      return taken;
    },
  };
}

/** Paragraphs are separated by empty lines; one that begins with `# ` is a heading. */
function readParagraphs(text: string): OwnParagraph[] {
  return text
    .split(/\r?\n\s*\r?\n/)
    .map((one) => one.trim().replace(/\s+/g, ' '))
    .filter((one) => one !== '')
    .map((one) => ({ isHeading: one.startsWith('# '), text: one.replace(/^# /, '') }));
}

/** The faults that need a person, in sentences, without warnings. */
export function listFaults({ faults }: Custom): string[] {
  return faults.filter(({ isWarning }) => !isWarning).map(sayCustomFault);
}
