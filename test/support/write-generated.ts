import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedSections, readGenerated, withSection } from './generated.ts';

// `npm run generate`: updates the generated parts of documents and compose files.
for (const section of generatedSections)
  writeFileSync(
    join(import.meta.dirname, '../..', section.file),
    withSection(readGenerated(section), section),
  );
