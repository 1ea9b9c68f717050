import { distanceKm } from './filters.ts';

/** A circle on the earth: degrees (WGS 84) and kilometers. */
type Circle = { lat: number; lon: number; km: number };

/** Kilometers of a degree of latitude, a little less than there are, so that nothing at an edge is missed. */
export const kmOfDegree = 111;
/** Distances of corners are rounded; a cell is within a circle only if it is so by this much. */
const marginKm = 0.01;

/** The number of the cell of one degree that a point is in, from 0; 180° East is 180° West. */
export function cellOf(lat: number, lon: number): number {
  return cellAt(Math.floor(lat), Math.floor(lon));
}

const cellAt = (row: number, column: number) => (row + 90) * 360 + ((((column + 180) % 360) + 360) % 360);

/** The cells with a point in a circle, across the date line and the poles; and those of them that lie within it. */
export function cellsAround(circle: Circle): { touched: number[]; within: number[] } {
  const { lat, lon, km } = circle;
  const degrees = km / kmOfDegree;
  const width = widthOf(lat, degrees);
  const first = Math.floor(lon - width);
  const columns = Math.min(360, Math.floor(lon + width) - first + 1);
  const rows = [Math.max(-90, lat - degrees), Math.min(90, lat + degrees)].map(Math.floor);
  const [south = 0, north = 0] = rows;
  const touched: number[] = [];
  const within: number[] = [];
  for (let row = south; row <= north; row += 1)
    for (let n = 0; n < columns; n += 1) {
      touched.push(cellAt(row, first + n));
      if (isWithin(circle, row, first + n)) within.push(cellAt(row, first + n));
    }
  return { touched, within };
}

/** How many degrees of longitude a circle reaches to each side; all of them if a pole is in it. */
function widthOf(lat: number, degrees: number): number {
  if (lat - degrees <= -90 || lat + degrees >= 90) return 180;
  const radians = Math.PI / 180;
  return Math.asin(Math.sin(degrees * radians) / Math.cos(lat * radians)) / radians;
}

/** No point of a small cell is farther away than its corners. */
function isWithin(circle: Circle, row: number, column: number): boolean {
  return [row, row + 1].every((lat) =>
    [column, column + 1].every((lon) => distanceKm(circle, { lat, lon }) <= circle.km - marginKm),
  );
}
