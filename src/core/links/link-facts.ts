import type { Trial } from '../trial.ts';
import { numberKey, type Register, type RegistryNumber, readNumbers } from './registry-numbers.ts';

/** The parts of a record that tell whether it is the same trial as another. */
export type LinkFacts = Pick<
  Trial,
  | 'registry'
  | 'id'
  | 'aliases'
  | 'secondaryIds'
  | 'title'
  | 'officialTitle'
  | 'acronym'
  | 'studyType'
  | 'phases'
  | 'startDate'
  | 'sponsor'
>;

/**
 * The numbers of a record. `own`: its present and former numbers, as keys. `named`: numbers of registers in
 * its identifier fields, its own left out. `others`: the sponsor's numbers and the like, as given, by their keys.
 */
export type RecordNumbers = { own: Set<string>; named: RegistryNumber[]; others: Map<string, string> };

const known = new WeakMap<LinkFacts, RecordNumbers>();

/** Reads a record's numbers from its identifier fields alone: a text often names other trials. */
export function numbersOf(facts: LinkFacts): RecordNumbers {
  let numbers = known.get(facts);
  if (!numbers) {
    numbers = read(facts);
    known.set(facts, numbers);
  }
  return numbers;
}

function read({ id, aliases, secondaryIds, acronym }: LinkFacts): RecordNumbers {
  const own = new Set([id, ...aliases].map(numberKey));
  const named = new Map<string, RegistryNumber>();
  const others = new Map<string, string>();
  for (const { id: field, type } of [...secondaryIds, { id: acronym ?? '', type: null }]) {
    const found = readNumbers(field);
    for (const one of found) {
      const key = numberKey(one.number);
      if (!own.has(key)) named.set(key, one);
    }
    if (found.length > 0 || sharedTypes.has(type ?? '')) continue;
    for (const part of field.split(/[,;]/)) {
      const key = numberKey(part);
      if (tells(key)) others.set(key, part.trim());
    }
  }
  return { own, named: [...named.values()], others };
}

/** A grant pays for several trials, and one permission of the FDA's (IND) covers all trials of a drug. */
const sharedTypes = new Set(['NIH', 'AHRQ', 'SAMHSA', 'FDA', 'OTHER_GRANT']);
const sharedForm = /^\d?[A-Z]\d\d[A-Z]{2}\d{6}|^(?:BB)?IND(?:NO)?\d+$/;

/** Whether a sponsor's number is long enough to be no one else's: "MN39158", but neither "7109" nor "12345". */
function tells(key: string): boolean {
  const digits = key.match(/\d/g)?.length ?? 0;
  const isOfLength = key.length >= shortestKey && key.length <= longestKey;
  return isOfLength && digits >= fewestDigits && !/^(\d)\1*$/.test(key) && !sharedForm.test(key);
}

const shortestKey = 6;
const longestKey = 60;
const fewestDigits = 3;
/** The maximum number of keys by which a record is found. */
const keysAtMost = 60;

/** The keys of a record that may link it to records of other registries. */
export function linkKeys(facts: LinkFacts): string[] {
  const { own, named, others } = numbersOf(facts);
  return [...own, ...named.map(({ number }) => numberKey(number)), ...others.keys()].slice(0, keysAtMost);
}

/** The keys under which a record is found: `linkKeys`, and every other number in its identifier fields. Sorted. */
export function lookupKeys(facts: LinkFacts): string[] {
  const whole = facts.secondaryIds
    .map(({ id }) => numberKey(id))
    .filter((key) => key.length <= longestKey && (key.match(/\d/g)?.length ?? 0) >= fewestDigits);
  return [...new Set([...linkKeys(facts), ...whole])].slice(0, keysAtMost).sort();
}

/** A record's numbers in each register, its own included, as keys. */
export function numbersByRegister(facts: LinkFacts): Map<Register, Set<string>> {
  const { own, named } = numbersOf(facts);
  const byRegister = new Map<Register, Set<string>>();
  const add = ({ register, number }: RegistryNumber) => {
    const keys = byRegister.get(register) ?? new Set();
    byRegister.set(register, keys.add(numberKey(number)));
  };
  for (const id of [facts.id, ...facts.aliases])
    for (const one of readNumbers(id)) if (own.has(numberKey(one.number))) add(one);
  for (const one of named) add(one);
  return byRegister;
}
