import { z } from 'zod';
import { siteStatuses } from '../../core/trial.ts';
import { code, day, partialDate, prose, text } from '../text-values.ts';
import * as codes from './codes.ts';

/** A contact of a trial or of a site. */
export const RawContact = z.object({
  name: text.optional(),
  role: code(codes.contactRoles).optional(),
  phone: text.optional(),
  phoneExt: text.optional(),
  email: text.optional(),
  affiliation: text.optional(),
});
/** A contact with normalised values. */
export type RawContact = z.infer<typeof RawContact>;

/** A site of a trial. */
export const RawSite = z.object({
  facility: text.optional(),
  status: code(siteStatuses).optional(),
  city: text.optional(),
  state: text.optional(),
  zip: text.optional(),
  country: text.optional(),
  contacts: z.array(RawContact).optional(),
  geoPoint: z.object({ lat: z.number(), lon: z.number() }).optional(),
});
/** A site with normalised values. */
export type RawSite = z.infer<typeof RawSite>;

/** A submission of results in the annotation. */
export const Submission = z.object({
  releaseDate: day.optional(),
  unreleaseDate: day.optional(),
  unreleaseDateUnknown: z.boolean().optional(),
  resetDate: day.optional(),
});
/** A submission with normalised values. */
export type Submission = z.infer<typeof Submission>;

/** An event of the submission tracking. */
export const UnpostedEvent = z.object({ type: code(codes.unpostedEventTypes), date: day.optional() });
/** An event with normalised values. */
export type UnpostedEvent = z.infer<typeof UnpostedEvent>;

/** A paper that a record cites. */
export const RawReference = z.object({
  pmid: text.optional(),
  type: code(codes.referenceTypes).optional(),
  citation: text.optional(),
  retractions: z.array(z.object({ pmid: text.optional(), source: text.optional() })).optional(),
});
/** A paper with normalised values. */
export type RawReference = z.infer<typeof RawReference>;

/** A notice of a violation by the U.S. FDA. */
export const RawViolation = z.object({
  type: code(codes.violationTypes).optional(),
  description: text.optional(),
  creationDate: day.optional(),
  issuedDate: day.optional(),
  releaseDate: day.optional(),
  postedDate: day.optional(),
});
/** A notice with normalised values. */
export type RawViolation = z.infer<typeof RawViolation>;

/** A document attached to a record. */
export const RawDocument = z.object({ label: text.optional(), date: partialDate.optional() });
/** A document with normalised values. */
export type RawDocument = z.infer<typeof RawDocument>;

/** The statement on sharing data. */
export const RawSharing = z.object({
  ipdSharing: code(codes.sharingPlans).optional(),
  description: prose.optional(),
  infoTypes: z.array(code(codes.sharedKinds)).optional(),
  timeFrame: prose.optional(),
  accessCriteria: prose.optional(),
  url: text.optional(),
});
/** The statement with normalised values. */
export type RawSharing = z.infer<typeof RawSharing>;
