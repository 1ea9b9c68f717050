import { cpSync, createReadStream, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../support/servers.ts';
import type { Fetched } from './debian.ts';
import type { Engine } from './engine.ts';

const files = join(import.meta.dirname, 'images');

/** Makes the images that the project's files ask for, under their names, from Debian's packages and the project's Node. */
export async function makeImages(engine: Engine, { debian, npmCache }: Fetched): Promise<void> {
  await engine.must('docker import --change "CMD bash" - trialbell-test/debian', {
    input: createReadStream(debian),
  });
  const context = engine.path('root/images');
  cpSync(files, context, { recursive: true });
  cpSync(process.execPath, join(context, 'node'), { dereference: true });
  cpSync(npmCache, join(context, 'cache'), { recursive: true });
  const npm = join(realpathSync(findProgram('npm') ?? ''), '../..');
  cpSync(npm, join(context, 'npm'), { recursive: true });
  for (const [name, tag] of [
    ['node', 'node:26-slim'],
    ['postgres', 'postgres:18'],
    ['valkey', 'valkey/valkey:9'],
  ])
    await engine.must(`docker build --file images/${name}.Dockerfile --tag ${tag} images`);
}
