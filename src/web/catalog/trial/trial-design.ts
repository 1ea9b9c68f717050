import type { Sponsor, Trial } from '../../../core/trial.ts';
import { codeName, quoteRegistry, quoteText } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';

type Described = { name: string; kind: string | null; text: string };

/** Sponsor, numbers, design, groups and outcomes. */
export type DesignView = {
  facts: { label: string; value: string }[];
  sponsor: string | null;
  collaborators: string[];
  numbers: { id: string; kind: string | null }[];
  arms: Described[];
  interventions: Described[];
  outcomes: { kind: string; measure: string; timeFrame: string }[];
  /** Whether the record holds more than a page shows. */
  isCut: boolean;
};

const listLength = 40;
const nameLength = 300;
const textLength = 1_500;

/** A trial's design in words. Codes without words are left out. */
export function viewDesign(wording: Wording, trial: Trial): DesignView {
  const rows: [string, string | null][] = [
    ['purpose', codeName(wording, 'purpose', trial.primaryPurpose)],
    ['allocation', codeName(wording, 'allocation', trial.allocation)],
    ['model', codeName(wording, 'model', trial.interventionModel)],
    ['masking', codeName(wording, 'masking', trial.masking)],
    ['observational-model', codeName(wording, 'observational', trial.observationalModel)],
    ['time-perspective', codeName(wording, 'time', trial.timePerspective)],
  ];
  const outcomes = trial.outcomes.toSorted((a, b) => rankOf(a.kind) - rankOf(b.kind));
  return {
    facts: rows.flatMap(([source, value]) =>
      value ? [{ label: wording.say(`trial.source.${source}`), value }] : [],
    ),
    sponsor: trial.sponsor && sponsorName(wording, trial.sponsor),
    collaborators: trial.collaborators.slice(0, listLength).map((one) => sponsorName(wording, one)),
    numbers: [
      ...trial.aliases.map((id) => ({ id, kind: wording.say('trial.number.former') })),
      ...trial.secondaryIds
        .toSorted((a, b) => Number(b.type === 'SPONSOR') - Number(a.type === 'SPONSOR'))
        .slice(0, listLength)
        .map(({ id, type }) => ({ id: quoteText(id, 80), kind: codeName(wording, 'number', type) })),
    ],
    arms: trial.arms.slice(0, listLength).map(({ label, type, description }) => ({
      name: quoteRegistry(wording, label, nameLength),
      kind: codeName(wording, 'arm', type),
      text: quoteRegistry(wording, description, textLength),
    })),
    interventions: trial.interventions.slice(0, listLength).map(({ name, type, description }) => ({
      name: quoteRegistry(wording, name, nameLength),
      kind: codeName(wording, 'intervention', type),
      text: quoteRegistry(wording, description, textLength),
    })),
    outcomes: outcomes.slice(0, listLength).map(({ kind, measure, timeFrame }) => ({
      kind: wording.say(`trial.outcome.${kind}`),
      measure: quoteRegistry(wording, measure, nameLength),
      timeFrame: quoteRegistry(wording, timeFrame, nameLength),
    })),
    isCut: [trial.arms, trial.interventions, trial.outcomes, trial.collaborators, trial.secondaryIds].some(
      (list) => list.length > listLength,
    ),
  };
}

function rankOf(kind: Trial['outcomes'][number]['kind']): number {
  return kind === 'primary' ? 0 : kind === 'secondary' ? 1 : 2;
}

function sponsorName(wording: Wording, sponsor: Sponsor): string {
  const name = quoteRegistry(wording, sponsor.name, 200);
  const kind = codeName(wording, 'sponsor', sponsor.class);
  return kind ? wording.say('trial.sponsor', { name, kind }) : name;
}
