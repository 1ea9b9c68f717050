/**
 * What the registry, sponsors and languages write differently, folded as `foldWords` does: rows apart by `|`,
 * spellings of a row by `/`, the first of them is the key.
 */
const cityRows =
  'naples/napoli|padua/padova|rome/roma|milan/milano|turin/torino|florence/firenze|genoa/genova|venice/venezia|mantua/mantova|leghorn/livorno|syracuse/siracusa|trieste/triest|bolzano/bozen|' +
  'vienna/wien|munich/munchen/muenchen|cologne/koln/koeln|nuremberg/nurnberg/nuernberg|hanover/hannover|brunswick/braunschweig|dusseldorf/duesseldorf|gottingen/goettingen|tubingen/tuebingen|wurzburg/wuerzburg|lubeck/luebeck|munster/muenster|' +
  'prague/praha|pilsen/plzen|brno/brunn|ostrava/ostrau|warsaw/warszawa|cracow/krakow|wroclaw/breslau|gdansk/danzig|lisbon/lisboa|oporto/porto|moscow/moskva|kyiv/kiev|kharkiv/kharkov|lviv/lvov|odesa/odessa|dnipro/dnepropetrovsk/dnipropetrovsk|zaporizhzhya/zaporizhia/zaporozhye|vinnytsya/vinnytsia/vinnitsa|' +
  'bucharest/bucuresti|iasi/jassy|cluj napoca/cluj|brussels/bruxelles/brussel|antwerp/antwerpen/anvers|ghent/gent/gand|liege/luik|leuven/louvain|bruges/brugge|geneva/geneve/genf|basel/basle/bale|bern/berne|zurich/zuerich|lucerne/luzern|gothenburg/goteborg/goeteborg|copenhagen/kobenhavn|aarhus/arhus|belgrade/beograd|' +
  'athens/athina/athinai|thessaloniki/salonica/saloniki|piraeus/pireas|heraklion/iraklio/iraklion|the hague/den haag/s gravenhage|seville/sevilla|zaragoza/saragossa|a coruna/la coruna/corunna|san sebastian/donostia|vitoria/vitoria gasteiz|palma/palma de mallorca|' +
  'beijing/peking|guangzhou/canton|nanjing/nanking|xi an/xian|urumqi/wulumuqi/urumchi|hohhot/huhehaote|ho chi minh city/saigon/ho chi minh|hanoi/ha noi|da nang/danang|mumbai/bombay|chennai/madras|kolkata/calcutta|bengaluru/bangalore|mysuru/mysore|pune/poona|vadodara/baroda|thiruvananthapuram/trivandrum|kochi/cochin|gurugram/gurgaon|puducherry/pondicherry|' +
  'st petersburg/saint petersburg/sankt peterburg|tel aviv/tel aviv yafo|jerusalem/yerushalayim|petah tikva/petach tikva/petah tiqwa/petakh tikva|haifa/hefa|cairo/al qahirah|alexandria/al iskandariyah|mexico city/ciudad de mexico/mexico df/mexico d f|quebec/quebec city|busan/pusan|daegu/taegu|daejeon/taejon|gwangju/kwangju|incheon/inchon|taipei/taibei|taichung/taizhong|bangkok/krung thep|yangon/rangoon|' +
  'new york/new york city/nyc|st louis/saint louis|st paul/saint paul|washington d c/washington dc/washington|la paz/nuestra senora de la paz|riga/ryga|chisinau/kishinev|tbilisi/tiflis|yerevan/erevan';

function readRows(rows: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const row of rows.split('|')) {
    const spellings = row.split('/');
    for (const spelling of spellings) keys.set(spelling, spellings[0] ?? spelling);
  }
  return keys;
}

const cities = readRows(cityRows);

/** Words that are added to a city's name or left away. */
const cityWords = /\b(?:city|municipality|metropolitan|district|town|shi|gun|si|gu|cedex|oblast|region)\b/g;

/** One spelling of a city, from its folded words: exonyms, `City`, district numbers and spaces make no difference. */
export function cityKey(words: string): string {
  const known = cities.get(words);
  if (known !== undefined) return known.replaceAll(' ', '');
  const bare = words
    .replace(/\bsaint\b/g, 'st')
    .replace(cityWords, ' ')
    .replace(/\d+/g, ' ')
    .trim()
    .replace(/\s+/g, ' ');
  const key = cities.get(bare) ?? (bare === '' ? words : bare);
  return key.replaceAll(' ', '');
}

/** The key of a city that has several names, undefined for any other word. */
export function cityOf(word: string): string | undefined {
  return cities.get(word);
}
