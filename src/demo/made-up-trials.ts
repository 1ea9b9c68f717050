import type { DemoSite, DemoStudy } from './study.ts';

const lungCancer = {
  meshes: [['D008175', 'Lung Neoplasms']] as [string, string][],
  ancestors: [['D009369', 'Neoplasms']] as [string, string][],
};
const leukemia = {
  meshes: [['D054198', 'Precursor Cell Lymphoblastic Leukemia-Lymphoma']] as [string, string][],
  ancestors: [['D007938', 'Leukemia']] as [string, string][],
};
const cysticFibrosis = { meshes: [['D003550', 'Cystic Fibrosis']] as [string, string][] };
const migraine = { meshes: [['D008881', 'Migraine Disorders']] as [string, string][] };
const diabetes = { meshes: [['D003924', 'Diabetes Mellitus, Type 2']] as [string, string][] };
const asthma = { meshes: [['D001249', 'Asthma']] as [string, string][] };

const adults = { ages: ['18 Years'] as const, sex: 'ALL' as const };
const trial = { studyType: 'INTERVENTIONAL' as const, firstPosted: '2025-03-11', updated: '2026-08-20' };

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

const openingSites = `
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

/** Sites of a type 2 diabetes trial as the sponsor masks them, and as they stand when it names them. */
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

/** Trials made up for the demonstration, as they stand on the first day. Nobody of this name runs any of them. */
export const madeUpTrials: DemoStudy[] = [
  {
    ...{ ...trial, ...lungCancer, ...adults },
    id: 'NCT99000001',
    title: 'Merovatinib tablets or chemotherapy for non-small cell lung cancer that came back',
    status: 'NOT_YET_RECRUITING',
    summary: 'Two groups, chosen by chance, receive tablets or chemotherapy.',
    conditions: ['Non-small Cell Lung Cancer'],
    phases: ['PHASE3'],
    design: { allocation: 'RANDOMIZED', interventionModel: 'PARALLEL', masking: 'NONE' },
    enrollment: [240, 'ESTIMATED'],
    sponsor: ['Alderbrook Therapeutics', 'INDUSTRY'],
    verified: '2026-08',
    start: ['2026-11', 'ESTIMATED'],
    primaryCompletion: ['2028-10', 'ESTIMATED'],
    sites: sitesOf(openingSites),
  },
  {
    ...{ ...trial, ...lungCancer, ...adults },
    id: 'NCT99000002',
    title: 'Breathing exercises after an operation for lung cancer',
    status: 'RECRUITING',
    summary: 'People learn breathing exercises before they leave the hospital.',
    conditions: ['Lung Cancer'],
    phases: ['NA'],
    enrollment: [90, 'ESTIMATED'],
    sponsor: ['University of Norhaven', 'OTHER'],
    verified: '2025-08',
    start: ['2025-04-01', 'ACTUAL'],
    primaryCompletion: ['2027-03', 'ESTIMATED'],
    sites: sitesOf('Norhaven University Hospital, Norhaven, United Kingdom', 'RECRUITING'),
  },
  {
    ...{ ...trial, ...lungCancer, ...adults },
    id: 'NCT99000003',
    title: 'Tablets before an operation for early lung cancer',
    status: 'RECRUITING',
    summary: 'One group takes tablets for six weeks before the operation.',
    conditions: ['Lung Cancer, Early Stage'],
    phases: ['PHASE2'],
    design: { interventionModel: 'SINGLE_GROUP', masking: 'NONE' },
    enrollment: [60, 'ESTIMATED'],
    sponsor: ['Institut Valfleur', 'OTHER'],
    verified: '2026-08',
    start: ['2024-09-15', 'ACTUAL'],
    completion: ['2027-06', 'ESTIMATED'],
    sites: sitesOf('Clinique Valfleur, Lyon, France', 'RECRUITING'),
  },
  {
    ...{ ...trial, ...leukemia },
    id: 'NCT99000004',
    title: 'Two schedules of maintenance treatment for children with acute lymphoblastic leukemia',
    status: 'RECRUITING',
    summary: 'Two schedules of the same medicines are compared.',
    conditions: ['Acute Lymphoblastic Leukemia, Pediatric'],
    phases: ['PHASE3'],
    enrollment: [310, 'ESTIMATED'],
    ages: ['1 Year', '17 Years'],
    sex: 'ALL',
    sponsor: ['Lindenhof Children’s Cancer Group', 'OTHER'],
    verified: '2026-08',
    sites: sitesOf(
      `Kinderklinik Lindenhof, Vienna, Austria
       Ospedale dei Tigli, Milan, Italy`,
    ),
  },
  {
    ...{ ...trial, ...cysticFibrosis },
    id: 'NCT99000006',
    title: 'Inhaled salt solution twice a day in cystic fibrosis',
    status: 'ACTIVE_NOT_RECRUITING',
    summary: 'Two strengths of an inhaled salt solution are compared.',
    conditions: ['Cystic Fibrosis'],
    phases: ['PHASE2'],
    enrollment: [48, 'ACTUAL'],
    ages: ['6 Years'],
    sex: 'ALL',
    sponsor: ['Maplewater Research', 'INDUSTRY'],
    verified: '2026-08',
    expandedAccess: false,
    sites: sitesOf('Maplewater Clinic, Ottawa, Canada'),
  },
  {
    ...{ ...trial, ...cysticFibrosis, ...adults },
    id: 'NCT99000007',
    title: 'Exercise at home for adults with cystic fibrosis',
    status: 'COMPLETED',
    summary: 'A programme of exercise at home, guided by video.',
    conditions: ['Cystic Fibrosis'],
    phases: ['NA'],
    enrollment: [64, 'ACTUAL'],
    sponsor: ['University of Port Ellery', 'OTHER'],
    verified: '2026-08',
    sites: sitesOf('Port Ellery Hospital, Port Ellery, Australia'),
  },
  {
    ...{ ...trial, ...migraine, ...adults },
    id: 'NCT99000008',
    title: 'Nasal spray at the first sign of a migraine',
    status: 'NOT_YET_RECRUITING',
    summary: 'A nasal spray or one without a medicine, chosen by chance.',
    conditions: ['Migraine'],
    phases: ['PHASE2'],
    enrollment: [150, 'ESTIMATED'],
    sponsor: ['Cordillera Biomédica', 'INDUSTRY'],
    verified: '2026-08',
    sites: sitesOf('Clínica Alto Prado, Bogotá, Colombia'),
  },
  {
    ...{ ...trial, ...asthma, ...adults },
    id: 'NCT99000010',
    title: 'A smaller dose of inhaled steroids in mild asthma',
    status: 'RECRUITING',
    summary: 'Two doses of an inhaled steroid are compared.',
    conditions: ['Mild Asthma'],
    phases: ['PHASE4'],
    enrollment: [180, 'ESTIMATED'],
    sponsor: ['Hospital Group Oosterveld', 'OTHER'],
    verified: '2026-08',
    sites: sitesOf('Oosterveld Hospital, Utrecht, Netherlands', 'RECRUITING'),
  },
  {
    ...{ ...trial, ...asthma },
    id: 'NCT99000011',
    title: 'An app that reminds children with asthma of their inhaler',
    status: 'RECRUITING',
    summary: 'Children use a reminder app for three months.',
    conditions: ['Asthma in Children'],
    phases: ['NA'],
    enrollment: [75, 'ESTIMATED'],
    ages: ['6 Years', '12 Years'],
    sex: 'ALL',
    sponsor: ['Kawaguchi East Children’s Hospital', 'OTHER'],
    verified: '2026-08',
    sites: sitesOf('Kawaguchi East Children’s Hospital, Kawaguchi, Japan', 'RECRUITING'),
  },
  {
    ...{ ...trial, ...diabetes, ...adults },
    id: 'NCT99000012',
    title: 'A weekly injection in type 2 diabetes',
    status: 'RECRUITING',
    summary: 'A weekly injection or the usual treatment, chosen by chance.',
    conditions: ['Type 2 Diabetes'],
    phases: ['PHASE3'],
    enrollment: [400, 'ESTIMATED'],
    sponsor: ['Brannmyra Pharma', 'INDUSTRY'],
    verified: '2026-08',
    sites: sitesOf(maskedSites, 'RECRUITING'),
  },
];

/** Trials that appear in the registry later. */
export const laterTrials = {
  leukemiaAtHome: {
    ...{ ...trial, ...leukemia },
    id: 'NCT99000005',
    title: 'An antibody given at home to children with acute lymphoblastic leukemia',
    status: 'RECRUITING',
    summary: 'Nurses give the treatment at home in place of the ward.',
    conditions: ['B-cell Acute Lymphoblastic Leukemia'],
    phases: ['PHASE1', 'PHASE2'],
    enrollment: [24, 'ESTIMATED'],
    ages: ['1 Year', '17 Years'],
    sex: 'ALL',
    sponsor: ['Ospedale dei Tigli', 'OTHER'],
    verified: '2026-10',
    firstPosted: '2026-11-06',
    updated: '2026-11-06',
    sites: sitesOf('Ospedale dei Tigli, Milan, Italy', 'RECRUITING'),
  },
  migraineDiary: {
    ...{ ...trial, ...migraine, ...adults },
    id: 'NCT99000009',
    title: 'A sleep diary for people with frequent migraine',
    status: 'NOT_YET_RECRUITING',
    summary: 'People keep a sleep diary for twelve weeks.',
    conditions: ['Migraine', 'Sleep'],
    phases: ['NA'],
    enrollment: [120, 'ESTIMATED'],
    sponsor: ['Universidad del Páramo', 'OTHER'],
    verified: '2026-10',
    firstPosted: '2026-11-06',
    updated: '2026-11-06',
    sites: sitesOf('Universidad del Páramo, Medellín, Colombia'),
  },
} satisfies Record<string, DemoStudy>;
