import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The version of this program. */
export const programVersion = version;

/** The cache of compiled code. It lies beside the packages, not in /tmp: only users who may change the code may write there. */
export const compileCacheFolder = join(import.meta.dirname, '../node_modules/.cache/trialbell');
