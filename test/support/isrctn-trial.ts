import type { Day, Trial } from '../../src/core/trial.ts';
import { statusOn } from '../../src/registries/isrctn/dated-status.ts';
import { readIsrctnRecord } from '../../src/registries/isrctn/isrctn-record.ts';
import { readXml } from '../../src/registries/isrctn/xml.ts';
import { type IsrctnFields, isrctnAnswer, makeIsrctn } from './isrctn-xml.ts';

/** Reads a made-up record as the adapter does. */
export function readIsrctn(fields: IsrctnFields = {}) {
  const [raw] = readXml([isrctnAnswer([makeIsrctn(fields)])]).records;
  return readIsrctnRecord(raw);
}

/** A made-up trial as its dates tell on a day; throws if its record would be set aside. */
export function isrctnTrial(fields: IsrctnFields = {}, day: Day = '2026-11-02'): Trial {
  const record = readIsrctn(fields);
  if (!record.ok) throw new Error(record.reason);
  return statusOn(record.trial, day);
}
