import { describe, expect, it } from 'vitest';
import { readSiteName } from '../../../src/core/sites/name.ts';
import { readNameWords } from '../../../src/core/sites/words.ts';

const boston = { city: 'Boston', state: 'Massachusetts', country: 'United States' };
const read = (facility: string) => readSiteName({ ...boston, facility });

describe('C3: the number in a facility’s name', () => {
  it.each([
    ['Site 7, site reference ID/investigator# 046', '46'],
    ['Site 7 Site Reference ID / Investigator  #  046-A', '46a'],
    ['Site 7 Site Reference ID Investigator46', '46'],
    ['Site 7 Site Reference IDInvestigator 46', '46'],
    ['Site 7 Anna Hospital (Site 1112)', '1112'],
    ['Site 7 Anna Hospital (  site 1112  )', '1112'],
    ['Site 7 Anna Hospital (Study Site 1112)', '1112'],
    ['Site 7 Anna Hospital ( study  site 1112)', '1112'],
    ['Site 7 Anna Hospital (Site1112)', '1112'],
    ['Site 7 Anna Hospital (Site  1112)', '1112'],
    ['Site 7 Anna Hospital (Site No 12)', '12'],
    ['Site 7 Anna Hospital (Site No. 12)', '12'],
    ['Site 7 Anna Hospital (Site  number 12)', '12'],
    ['Site 7 Anna Hospital (Site ID 12)', '12'],
    ['Site 7 Anna Hospital (Site # 12)', '12'],
    ['Site 7 Anna Hospital (Site #:-12)', '12'],
    ['Site 7 Anna Hospital (Site  -  12)', '12'],
    ['Site 7 Anna Hospital (Site AB12)', 'ab12'],
    ['Site 7 Anna Hospital (Site ABCD12)', 'abcd12'],
    ['Site 7 Anna Hospital (Site ABCD-12)', 'abcd12'],
    ['Site 7 Anna Hospital (Site AB_12)', 'ab12'],
    ['Site 7 Anna Hospital (Site 12.3-4_B)', '1234b'],
    ['Site 7 Anna Hospital /ID# 250497', '250497'],
    ['Site 7 Anna Hospital ID#250497', '250497'],
    ['Site 7 Anna Hospital (ID  #  :  250497)', '250497'],
    ['Site 7 Anna Hospital ID#:AB-250-A', 'ab250a'],
    ['Site 7 Anna Hospital ID# 2', '2'],
  ])('%j: the plainest form counts', (facility, number) => {
    expect(read(facility).number).toBe(number);
  });

  it.each([
    ['Anna Hospital Site 12', '12'],
    ['Anna Hospital Institution 12', '12'],
    ['Anna Hospital Facility 12', '12'],
    ['Anna Hospital Site12', '12'],
    ['Anna Hospital Site  No 12', '12'],
    ['Anna Hospital Site No. 12', '12'],
    ['Anna Hospital Site number  12', '12'],
    ['Anna Hospital Site Nr 12', '12'],
    ['Anna Hospital Site Nr. 12', '12'],
    ['Anna Hospital Site ID 12', '12'],
    ['Anna Hospital Site code 12', '12'],
    ['Anna Hospital Site # 12', '12'],
    ['Anna Hospital Site – 12', '12'],
    ['Anna Hospital Site:#/12', '12'],
    ['Anna Hospital Site-  12', '12'],
    ['Anna Hospital Site ABCD-12', 'abcd12'],
    ['Anna Hospital Site A_12.3-4', 'a1234'],
    ['Anna Hospital Site 12 Wing 3', '12'],
  ])('%j: a number after “site”', (facility, number) => {
    expect(read(facility).number).toBe(number);
  });

  it.each([
    'Anna Hospital',
    'Anna Hospital 12',
    'Website 12 Hospital',
    'Anna Hospital Site ABCDE12',
    'Anna Hospital (Site ABCDE-12)',
    'Anna Hospital Site A',
    'Anna Hospital Site of 12 beds',
    'Anna Hospital ID 12',
    'Anna Hospital ID# A',
    'Anna Hospital GRID# 12',
    'Anna Hospital site reference ID/investigator# X',
  ])('%j has none', (facility) => {
    expect(read(facility).number).toBeNull();
  });
});

describe('C3: a name that is nothing but a code', () => {
  it.each([
    ['0044', '44'],
    ['#0044.', '44'],
    ['(0044)', '44'],
    ['A1', 'a1'],
    ['USAX 10', 'usax10'],
    ['US_10', 'us10'],
    ['US-10', 'us10'],
    ['12345678', '12345678'],
    ['12-123456', '12123456'],
    ['1-2_3.4', '1234'],
    ['1/2 3-4', '1234'],
  ])('%j', (facility, number) => {
    expect(read(facility)).toMatchObject({ number, anonymous: true, compact: '' });
  });

  it.each([
    'USAXY10',
    'US--10',
    '123456789',
    '12-1234567',
    '1-2-3-4-5',
    '12 Anna',
    'Anna Ost 12',
    '12,13',
    'US1-A2',
  ])('%j is more', (facility) => {
    expect(read(facility)).toMatchObject({ number: null, anonymous: false });
  });
});

describe('C3: a name that names nobody', () => {
  it.each([
    'Investigational Site',
    'Investigational sites',
    'Investigational Institution',
    'Investigational institutions',
    'Investigational Facility',
    'Investigational facilities',
    'Investigational location',
    'Investigational Locations',
    'Investigational Center',
    'Investigational centers',
    'Investigational Centre',
    'Investigational centres',
    'Investigative Site',
    'Investigator Site',
    'Investigators Site',
    'Pharma Investigational Site',
    'One Big Pharma Company Investigational Site',
    'Investigational Site in the North',
    'Clinical Research Site',
    'Medical Research Site',
    'Study Site',
    'Trial Site',
    'Trials Site',
    'Local Institution',
    'Participating Facility',
    'Recruiting Locations',
    'Recruitment Site',
    'Clinical Study Site Number',
    'Study Site No',
    'Study Site ID',
    'Study Site Code',
    'Site',
    'Institutions',
    'Site number',
    'Site no.',
    'Facility ID',
    'Location code',
    'Anna Research Site',
    'Anna Maria Ost Research Facility',
    'Site Reference ID of Anna',
    'Call for Anna',
    'Call Center',
    'Call centre of Anna',
    'Medical Information Call Center',
    'For additional information',
    'For more of this study',
    'For further trial news',
    'For other sites',
    'For site contact',
    'Please contact Anna for information',
    'Contact the study',
    'Call Anna for informations',
    'See the trial',
    'Refer to the site',
    'Many Sites',
    'Multiple locations',
    'Various centers',
    'Several centres',
    'Selected facilities',
    'Numerous sites in the North',
    'Other location',
    'Other site',
    'Other big center',
    'Multiple French centre',
    'Masked',
    'Confidential',
    'Undisclosed',
    'Not disclosed',
    'Not available',
    'Not provided',
    'Unknown',
    'N/A',
    'NA',
    'TBD',
    'To be determined',
    'Private practice',
  ])('%s', (facility) => {
    expect(read(facility).anonymous).toBe(true);
  });

  it.each([
    'Investigation Site',
    'Investigational Siteplan',
    'Investigational Drugs',
    'One Very Big Pharma Company Investigational Site',
    'Clinical Site of Anna',
    'Anna Study Site',
    'Anna Clinical Research Site of Ost',
    'Anna Trial Site',
    'Study Site Anna',
    'Anna Site',
    'Site of Anna',
    'Site Number of Anna',
    'Anna Maria Ost Nord Research Site',
    'Research Site Anna',
    'Anna Site Reference ID',
    'Site Reference Ideas',
    'Anna Call Center',
    'Call Centers',
    'Call Forest',
    'Medical Call Center',
    'For Information',
    'Contact Lens Clinic',
    'Contact Studying',
    'Anna, please contact the study',
    'Seeing the study',
    'For more beds',
    'Multiple Sclerosis Center',
    'Multiple Myeloma Centers of the North',
    'Selected Anna Hospitals',
    'Anna and other sites',
    'Many big old sites',
    'Many Sitess',
    'Masked Hospital',
    'Anna Unknown',
    'Private Practice of Anna',
    'Institute',
  ])('%s names somebody', (facility) => {
    expect(read(facility).anonymous).toBe(false);
  });
});

describe('C3: the words of a name', () => {
  const words = (text: string) => readNameWords(text, new Set());

  it.each([
    ['chu ospedale krankenhaus', 'hospital'],
    ['clin clinique', 'clinic'],
    ['univ universidad', 'university'],
    ['med medicina', 'medical'],
    ['ctr zentrum', 'center'],
    ['inst istituto', 'institute'],
    ['dept', 'department'],
    ['natl nacional', 'national'],
    ['intl', 'international'],
    ['assoc', 'associates'],
    ['saint', 'st'],
    ['mt', 'mount'],
    ['ft', 'fort'],
    ['childrens', 'children'],
    ['peoples', 'people'],
    ['onc', 'oncology'],
    ['res rsch', 'research'],
    ['hlth', 'health'],
    ['affil', 'affiliated'],
    ['first', '1st'],
    ['second', '2nd'],
    ['third', '3rd'],
    ['tenth', '10th'],
    ['womens', 'women'],
    ['veterans', 'va'],
  ])('%s are %s', (spellings, word) => {
    expect(new Set(words(spellings).tokens)).toEqual(new Set([word]));
  });

  it.each([
    ['hospitalisation', 'hospital'],
    ['universiteit', 'university'],
    ['klinische', 'clinic'],
    ['clinicum', 'clinic'],
    ['medizinische', 'medical'],
    ['medicover', 'medical'],
    ['institucion', 'institute'],
    ['instatutul', 'institute'],
    ['insttute', 'institute'],
    ['insttutional', 'institute'],
    ['onkologisches', 'oncology'],
    ['oncologico', 'oncology'],
    ['kardiologisch', 'cardiology'],
    ['cardiologique', 'cardiology'],
    ['neurologico', 'neurology'],
  ])('%s begins like %s', (word, same) => {
    expect(words(word).tokens).toEqual([same]);
  });

  it.each([
    'xhospitalisation',
    'interuniversiteit',
    'polyklinische',
    'biomedizinische',
    'xinstatutul',
    'neuroonkologisch',
    'electrocardiologique',
    'psychoneurologico',
  ])('%s only ends like one', (word) => {
    expect(words(word).tokens).toEqual([word]);
  });

  it.each([
    ['1st', '2nd', '3rd', '4th', '21st'],
    ['ii', 'iii', 'iv', 'xiii'],
    ['north', 'south', 'east', 'west', 'northern', 'southern', 'eastern', 'western'],
    ['children', 'pediatric', 'paediatric', 'women', 'va'],
  ])('%s and the like tell places apart', (...marks) => {
    expect(words(`anna ${marks.join(' ')}`).marks).toBe(marks.toSorted().join(' '));
  });

  it.each(['1stx', 'x1st', 'st2', 'i', 'iiiii', 'xii2', 'northeast', 'midwest', 'vaal', 'nova'])(
    '%s does not',
    (word) => {
      expect(words(`anna ${word}`).marks).toBe('');
    },
  );
});
