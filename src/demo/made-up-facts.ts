import type { DemoSite } from './study.ts';

/** The headings of each illness in the registry, as far as the story needs them. */
export const lungCancer = {
  meshes: [['D008175', 'Lung Neoplasms']] as [string, string][],
  ancestors: [['D009369', 'Neoplasms']] as [string, string][],
};
export const leukemia = {
  meshes: [['D054198', 'Precursor Cell Lymphoblastic Leukemia-Lymphoma']] as [string, string][],
  ancestors: [['D007938', 'Leukemia']] as [string, string][],
};
export const cysticFibrosis = { meshes: [['D003550', 'Cystic Fibrosis']] as [string, string][] };
export const migraine = { meshes: [['D008881', 'Migraine Disorders']] as [string, string][] };
export const diabetes = { meshes: [['D003924', 'Diabetes Mellitus, Type 2']] as [string, string][] };
export const asthma = { meshes: [['D001249', 'Asthma']] as [string, string][] };

/** Facts that most of the trials share. */
export const adults = { ages: ['18 Years'] as const, sex: 'ALL' as const };
export const trial = {
  studyType: 'INTERVENTIONAL' as const,
  firstPosted: '2025-03-11',
  updated: '2026-08-20',
};

/** Sites written as `facility, city, country` lines. */
export function sitesOf(lines: string, status?: string): DemoSite[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [facility = '', city = '', country = ''] = line.split(',').map((part) => part.trim());
      return { facility, city, country, ...(status ? { status } : {}) };
    });
}

/** The sites of the trial whose sites all open at once. */
export const openingSites = `
  Tyne Valley Hospital, Newcastle upon Tyne, United Kingdom
  Severn Hospital, Bristol, United Kingdom
  St Aidan Hospital, Leeds, United Kingdom
  Clyde Infirmary, Glasgow, United Kingdom
  Klinik am Auwald, Leipzig, Germany
  Lungenklinik Isar, Munich, Germany
  Krankenhaus Elbufer, Hamburg, Germany
  Hospital del Turia, Valencia, Spain
  Hospital Montesol, Seville, Spain
  Prairie Lung Centre, Winnipeg, Canada
  Lakeshore Hospital, Toronto, Canada
  Fjord Hospital, Bergen, Norway`;

/** Sites of a type 2 diabetes trial, first masked by the sponsor, later named. */
export const maskedSites = `
  Research Site 101, Uppsala, Sweden
  Research Site 102, Lund, Sweden
  Research Site 201, Aarhus, Denmark
  Research Site 202, Odense, Denmark
  Research Site 301, Turku, Finland
  Research Site 302, Tampere, Finland`;
export const namedSites = `
  Tammer Hospital, Tampere, Finland
  Aura Clinic, Turku, Finland
  Fyns Diabetescenter, Odense, Denmark
  Klinik ved Bugten, Aarhus, Denmark
  Skånska Diabetesmottagningen, Lund, Sweden
  Fyris Vårdcentral, Uppsala, Sweden`;
