import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCitations, requirementsFile, showTests } from './requirements.ts';

// `npm run requirements`: updates the "Shown by" lines of docs/requirements.md.
const path = join(import.meta.dirname, '../..', requirementsFile);
writeFileSync(path, showTests(readFileSync(path, 'utf8'), readCitations()));
