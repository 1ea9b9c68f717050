import { execFileSync } from 'node:child_process';

/** The packages that `debootstrap --variant=minbase` installs beside those of their dependencies. */
const isMinimal = (one: Installed) =>
  one.essential === 'yes' || one.priority === 'required' || one.name === 'apt';

type Installed = { name: string; essential: string; priority: string; needs: string; provides: string };

/**
 * The files of this machine's packages that a minimal Debian 12 has too, and those of `more` packages with what these
 * need: absolute paths, without documentation. Throws an Error if one of the packages is not installed here.
 */
export function listMinimalFiles(more: readonly string[] = []): string[] {
  const installed = readInstalled();
  const chosen = new Set<string>();
  const choose = (name: string) => {
    if (chosen.has(name)) return;
    chosen.add(name);
    for (const group of installed.get(name)?.needs.split(',') ?? []) {
      const found = group
        .split('|')
        .map(nameIn)
        .find((other) => installed.has(other));
      if (found) choose(installed.get(found)?.name ?? found);
    }
  };
  for (const one of installed.values()) if (isMinimal(one)) choose(one.name);
  for (const name of more) {
    if (!installed.has(name)) throw new Error(`apt-get install ${name}`);
    choose(name);
  }
  const listed = execFileSync('dpkg-query', ['--listfiles', ...chosen], { encoding: 'utf8', maxBuffer: 1e8 });
  return [...new Set(listed.split('\n'))].filter(
    (path) =>
      path.startsWith('/') && !/^\/(\.|bin|sbin|lib\w*)?$|^\/usr\/share\/(doc|info|locale|man)\//.test(path),
  );
}

/** By their own names, and by the names that they provide. */
function readInstalled(): Map<string, Installed> {
  const fields = [
    'Package',
    'Essential',
    'Priority',
    'Pre-Depends',
    'Depends',
    'Provides',
    'db:Status-Abbrev',
  ];
  const format = `\${${fields.join('}\t${')}}\n`;
  const found = new Map<string, Installed>();
  const lines = execFileSync('dpkg-query', ['--show', `--showformat=${format}`], { encoding: 'utf8' }).split(
    '\n',
  );
  for (const line of lines) {
    const [name = '', essential = '', priority = '', early, later, provides = '', state = ''] =
      line.split('\t');
    if (!state.startsWith('ii')) continue;
    const one = { name, essential, priority, needs: `${early},${later}`, provides };
    for (const alias of provides.split(',').map(nameIn))
      if (alias && !found.has(alias)) found.set(alias, one);
    found.set(name, one);
  }
  return found;
}

const nameIn = (dependency: string) => /[a-z0-9][a-z0-9+.-]*/.exec(dependency)?.[0] ?? '';
