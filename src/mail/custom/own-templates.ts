import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { messageOf } from '../../errors.ts';
import type { CustomFault } from './fault.ts';
import type { OwnFiles } from './own-files.ts';

const builtInFolder = fileURLToPath(new URL('../../../templates/', import.meta.url));

/** Renders built-in templates, each replaced by the operator's own if there is one. */
export class TemplateEngine extends Eta {
  /** `own`: sources by the path of the built-in template, such as `pages/home.eta`. `folder`: the one that names are relative to. */
  constructor(own: ReadonlyMap<string, string>, { folder = '', autoEscape = true } = {}) {
    super({ views: `${builtInFolder}${folder}`, cache: true, autoEscape });
    this.readFile = (path) =>
      own.get(relative(builtInFolder, path).replaceAll('\\', '/')) ?? readFileSync(path, 'utf8');
  }
}

/** Reads `templates/…`: each replaces the built-in template of the same path. Those with broken syntax are left out. */
export function readOwnTemplates(files: OwnFiles, faults: CustomFault[]): Map<string, string> {
  const own = new Map<string, string>();
  const compiler = new Eta();
  for (const file of files.list('templates')) {
    const path = file.slice('templates/'.length);
    if (!path.endsWith('.eta') || !existsSync(`${builtInFolder}${path}`)) {
      const reason = 'is not used: this version has no template of this name';
      faults.push({ file, key: null, reason, isWarning: true });
      continue;
    }
    const source = files.read(file, faults)?.toString('utf8');
    if (source === undefined) continue;
    try {
      compiler.compile(source);
      own.set(path, source);
    } catch (error) {
      const reason = `has broken template syntax (${messageOf(error).split('\n').filter(Boolean).slice(0, 2).join(': ')})`;
      faults.push({ file, key: null, reason, isWarning: false });
    }
  }
  return own;
}
