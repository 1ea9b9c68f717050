import { readNumbers } from '../../core/links/registry-numbers.ts';
import type { SecondaryId } from '../../core/trial.ts';
import { given } from './given.ts';
import type { RawTrial } from './raw-trial.ts';

/** Numbers of registers that stand for none: NCT00000000. They have the form, and are not read as numbers. */
const formed = /^(?:NCT|ISRCTN)\d{8}$|^\d{4}-\d{6}-\d\d(?:-\d\d)?$/i;

const types: Readonly<Record<string, string>> = { ctis: 'CTIS', eudract: 'EUDRACT_NUMBER' };

/**
 * The other numbers of a record, each once, sorted. Newer records give them twice, old fields and new.
 * "Nil known" and the like are no numbers, nor are placeholders.
 */
export function readOtherNumbers(refs: RawTrial['externalRefs']): SecondaryId[] {
  const fields = [
    ...refs.secondaryNumbers.map((one) => ({ kind: one['@numberType'], text: one['#text'] })),
    { kind: '', text: refs.clinicalTrialsGovNumber },
    { kind: '', text: refs.eudraCTNumber },
    { kind: 'iras', text: refs.irasNumber },
    { kind: '', text: refs.protocolSerialNumber },
  ];
  const numbers = fields.flatMap(({ kind, text }) =>
    text.split(/[,;]/).flatMap((part) => readNumber(kind.toUpperCase(), part.trim())),
  );
  const byId = new Map(numbers.map((number) => [number.id, number]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function readNumber(kind: string, text: string): SecondaryId[] {
  const known = readNumbers(text);
  if (known.length > 0)
    return known.map(({ register, number }) => ({ id: number, type: types[register] ?? 'REGISTRY' }));
  if (given(text) === '' || formed.test(text)) return [];
  const [, office = kind, digits = text] = /^(CPMS|IRAS)\b:?\s*(\d+)$/i.exec(text) ?? [];
  const isOffice = /^(?:CPMS|IRAS)$/i.test(office) && /^\d+$/.test(digits);
  return [
    isOffice ? { id: `${office.toUpperCase()} ${digits}`, type: 'OTHER' } : { id: text, type: 'SPONSOR' },
  ];
}
