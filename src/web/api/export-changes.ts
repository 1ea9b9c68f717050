import { z } from 'zod';
import { changeColumns } from '../../core/wording/change-rows.ts';
import { exportReleased, mayExport, retryAfterSeconds } from '../feeds/changes-export.ts';
import { exportFormNames, exportForms } from '../feeds/export-forms.ts';
import { readDaySpan } from '../shared/day-span.ts';
import { ChangeRowAnswer } from './answers.ts';
import { readTopics, topicQuery } from './changes.ts';
import { defineOperation, languageQuery } from './operation.ts';
import { type ParameterFault, problem, wrongParameters } from './problem.ts';

const day = (description: string) => z.iso.date().optional().meta({ description });

export const exportChanges = defineOperation({
  name: 'exportChanges',
  method: 'GET',
  path: '/api/v1/changes.{form}',
  summary: 'Released changes as a table: CSV, XLSX or NDJSON',
  description: `All of them, oldest first, in one file. One change has several rows if it has a country, a site or a new status of its own in each. The columns are the same in every form: ${changeColumns.join(', ')}. Values are short texts; \`/api/v1/changes\` has them in full. In CSV and XLSX an apostrophe stands before what a spreadsheet would run as a formula; times in XLSX are UTC.`,
  params: z.strictObject({ form: z.enum(exportFormNames).meta({ examples: ['ndjson'] }) }),
  query: z.strictObject({
    ...topicQuery,
    from: day("Only changes released on this day or later, in this server's time zone"),
    to: day('Only changes released on this day or earlier'),
    language: languageQuery,
  }),
  success: {
    status: 200,
    description: 'The rows; in NDJSON one object a line',
    schema: ChangeRowAnswer,
    types: exportFormNames.map((form) => exportForms[form].type.replace(/;.*$/, '')),
  },
  otherwise: [304, 429],
  act: async ({ params, query }, visit, deps) => {
    const faults: ParameterFault[] = [];
    const topics = await readTopics(query.trial, query.condition, deps, faults);
    const { instants } = readDaySpan(visit.query, deps.config.defaultTimezone);
    if (instants === null) faults.push({ parameter: 'from', detail: 'is not a day before `to`' });
    if (faults.length > 0 || instants === null) return wrongParameters('invalid-parameter', faults);
    if (!mayExport(deps))
      return problem('too-many-files', 'Try again after the time in Retry-After.', {
        headers: { 'retry-after': String(retryAfterSeconds) },
      });
    const language = query.language ?? deps.config.defaultLanguage;
    const file = { form: params.form, language, name: 'changes' };
    const response = await exportReleased(deps, { topics, facets: query.facet ?? null }, instants, file);
    return { ...response, isWordless: true };
  },
});
