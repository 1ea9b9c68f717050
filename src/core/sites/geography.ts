/**
 * Names that the registry, sponsors and languages write differently, folded as `foldWords` does. `|`
 * separates rows, `/` separates spellings within a row; the first spelling is the key.
 */
const cityRows =
  'naples/napoli|padua/padova|rome/roma|milan/milano|turin/torino|florence/firenze|genoa/genova|venice/venezia|mantua/mantova|leghorn/livorno|syracuse/siracusa|trieste/triest|bolzano/bozen|' +
  'vienna/wien|munich/munchen/muenchen|cologne/koln/koeln|nuremberg/nurnberg/nuernberg|hanover/hannover|brunswick/braunschweig|dusseldorf/duesseldorf|gottingen/goettingen|tubingen/tuebingen|wurzburg/wuerzburg|lubeck/luebeck|munster/muenster|' +
  'prague/praha|pilsen/plzen|brno/brunn|ostrava/ostrau|warsaw/warszawa|cracow/krakow|wroclaw/breslau|gdansk/danzig|lisbon/lisboa|oporto/porto|moscow/moskva|kyiv/kiev|kharkiv/kharkov|lviv/lvov|odesa/odessa|dnipro/dnepropetrovsk/dnipropetrovsk|zaporizhzhya/zaporizhia/zaporozhye|vinnytsya/vinnytsia/vinnitsa|' +
  'bucharest/bucuresti|iasi/jassy|cluj napoca/cluj|brussels/bruxelles/brussel|antwerp/antwerpen/anvers|ghent/gent/gand|liege/luik|leuven/louvain|bruges/brugge|geneva/geneve/genf|basel/basle/bale|bern/berne|zurich/zuerich|lucerne/luzern|gothenburg/goteborg/goeteborg|copenhagen/kobenhavn|aarhus/arhus|belgrade/beograd|' +
  'athens/athina/athinai|thessaloniki/salonica/saloniki|piraeus/pireas|heraklion/iraklio/iraklion|the hague/den haag/s gravenhage|seville/sevilla|zaragoza/saragossa|a coruna/la coruna/corunna|san sebastian/donostia|vitoria/vitoria gasteiz|palma/palma de mallorca|' +
  'beijing/peking|guangzhou/canton|nanjing/nanking|xi an/xian|urumqi/wulumuqi/urumchi|hohhot/huhehaote|ho chi minh city/saigon/ho chi minh|hanoi/ha noi|da nang/danang|mumbai/bombay|chennai/madras|kolkata/calcutta|bengaluru/bangalore|mysuru/mysore|pune/poona|vadodara/baroda|thiruvananthapuram/trivandrum|kochi/cochin|gurugram/gurgaon|puducherry/pondicherry|' +
  'st petersburg/saint petersburg/sankt peterburg|tel aviv/tel aviv yafo|jerusalem/yerushalayim|petah tikva/petach tikva/petah tiqwa/petakh tikva|haifa/hefa|cairo/al qahirah|alexandria/al iskandariyah|buenos aires/caba/c a b a/capital federal/ciudad autonoma de buenos aires|mexico city/ciudad de mexico/cdmx/distrito federal/mexico df/mexico d f|bogota/santa fe de bogota|quebec/quebec city|busan/pusan|daegu/taegu|daejeon/taejon|gwangju/kwangju|incheon/inchon|taipei/taibei|taichung/taizhong|bangkok/krung thep|yangon/rangoon|' +
  'new york/new york city/nyc|st louis/saint louis|st paul/saint paul|washington d c/washington dc/washington|la paz/nuestra senora de la paz|riga/ryga|chisinau/kishinev|tbilisi/tiflis|yerevan/erevan';

function readRows(rows: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const row of rows.split('|')) {
    const spellings = row.split('/');
    for (const spelling of spellings) keys.set(spelling, spellings[0] ?? spelling);
  }
  return keys;
}

/**
 * Japan's prefectures (ISO 3166-2:JP). Registrants write them in place of a city, usually without a state.
 */
const prefectures = new Set(
  'hokkaido aomori iwate miyagi akita yamagata fukushima ibaraki tochigi gunma saitama chiba tokyo kanagawa niigata toyama ishikawa fukui yamanashi nagano gifu shizuoka aichi mie shiga kyoto osaka hyogo nara wakayama tottori shimane okayama hiroshima yamaguchi tokushima kagawa ehime kochi fukuoka saga nagasaki kumamoto oita miyazaki kagoshima okinawa'.split(
    ' ',
  ),
);

const cities = readRows(cityRows);

/** Words that may be added to the name of a city or a region, or omitted. */
const placeWords =
  /\b(?:(?:canton|state|province|department|community|federal city) of|autonomous|city|municipality|metropolitan|district|town|shi|gun|si|gu|ku|ken|cedex|oblast|krai|region|prefecture|pref|province|provincia|county|governorate)\b/g;
const regionWords = /\b(?:state|sheng|canton|department)\b/g;

/**
 * Form defaults in place of a state: `Please Select`, `Choose Any State/Province`, `Not Required In This
 * Country`.
 */
const noRegion = /^(?:please|choose|select|not|none|other|unknown|n a|na)\b/;

/**
 * The key of a city from its folded words, the same for exonyms and with or without `City`, district numbers
 * or spaces.
 */
export function cityKey(words: string): string {
  const known = cities.get(words);
  if (known !== undefined) return known.replaceAll(' ', '');
  const bare = dropWords(words.replace(/\bsaint\b/g, 'st').replace(/\d+/g, ' '), placeWords);
  const key = cities.get(bare) ?? (bare === '' ? words : bare);
  return key.replaceAll(' ', '');
}

/** The key of a state, province or prefecture, from its folded words. */
export function regionKey(words: string): string {
  return noRegion.test(words) ? '' : cityKey(dropWords(words.replace(placeWords, ' '), regionWords) || words);
}

function dropWords(words: string, dropped: RegExp): string {
  return words.replace(dropped, ' ').trim().replace(/\s+/g, ' ');
}

/** The key of a city that has several names; undefined for any other word. */
export function cityOf(word: string): string | undefined {
  return cities.get(word);
}

/** Whether a city's name is the name of a region. `country` is a key of `countryKey`. */
export function isRegionName(city: string, country: string): boolean {
  return country === 'JP' && prefectures.has(city);
}
