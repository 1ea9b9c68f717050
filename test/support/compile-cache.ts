import { join } from 'node:path';

/** Where the program keeps its compiled code. Tests start it hundreds of times, mostly to read the same files. */
export const compileCache = join(import.meta.dirname, '../../node_modules/.cache/trialbell');
