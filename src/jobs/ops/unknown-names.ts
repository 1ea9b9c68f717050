import { countryCode } from '../../core/countries.ts';
import { registryIds } from '../../core/registries.ts';
import { readTimezone } from '../../core/text/time-zones.ts';
import { listStoredNames, type StoredName } from '../../db/admin/stored-names.ts';
import { isLanguage } from '../../languages.ts';
import type { Context } from '../context.ts';
import type { Alarm } from '../raise-alarm.ts';

const namedAtMost = 10;

/** Whether this version knows a stored name. A country's name that has no code may be a registry's own. */
const isKnown: Record<StoredName['kind'], (name: string) => boolean> = {
  timezone: (name) => readTimezone(name) !== null,
  language: isLanguage,
  country: (name) => !/^[A-Z]{2}$/.test(name) || countryCode(name) !== null,
  registry: (name) => registryIds.some((id) => id === name),
};

/** The effect of an unknown name, by its kind. */
const insteadOf = ({ defaultLanguage }: Context['config']): Record<StoredName['kind'], string> => ({
  timezone: 'time zone %: emails come at their hour in UTC',
  language: `language %: emails are in ${defaultLanguage}`,
  country: 'country %: it matches no trial',
  registry: 'registry %: it is not read',
});

/**
 * Finds rows with a time zone, language, country or registry that this version does not know (O10), such as
 * after a return to an older one. Everyone else gets their mails as usual.
 */
export async function findUnknownNames({ config, db }: Context): Promise<Alarm> {
  const unknown = (await listStoredNames(db)).filter(({ kind, name }) => !isKnown[kind](name));
  const instead = insteadOf(config);
  const named = unknown.slice(0, namedAtMost).map(({ kind, name, rows, sampleId }) => {
    const where = sampleId === null ? '' : ` (${rows} rows, for example subscriber ${sampleId})`;
    return instead[kind].replace('%', () => `"${name.slice(0, 60)}"${where}`);
  });
  const more = unknown.length > named.length ? `; and ${unknown.length - named.length} more` : '';
  const message = `This version does not know some stored names: ${named.join('; ')}${more}. Nothing was changed. Run the version that stored them, or set others under ${config.baseUrl}/admin/subscribers/NUMBER.`;
  return { name: 'unknown-names', message: unknown.length > 0 ? message : null };
}
