import { distanceKm } from './filters.ts';

/** A circle on the earth: degrees (WGS 84) and kilometers. */
type Circle = { lat: number; lon: number; km: number };

/** Kilometers of a degree of latitude, a little less than there are, so that nothing at an edge is missed. */
export const kmOfDegree = 111;
/** Distances of corners are rounded; a cell is within a circle only if it is so by this much. */
const marginKm = 0.01;

/** The number of the cell of so many degrees, a divisor of 90, that a point is in, from 0; 180° East is 180° West. */
export function cellOf({ lat, lon }: { lat: number; lon: number }, size: number): number {
  return cellAt(Math.floor(lat / size), Math.floor(lon / size), size);
}

function cellAt(row: number, column: number, size: number): number {
  const columns = 360 / size;
  return (row + 90 / size) * columns + ((((column + 180 / size) % columns) + columns) % columns);
}

/** The cells with a point in a circle, across the date line and the poles; and those of them that lie within it. */
export function cellsAround(circle: Circle, size: number): { touched: number[]; within: number[] } {
  const { lat, lon, km } = circle;
  const degrees = km / kmOfDegree;
  const width = widthOf(lat, degrees);
  const first = Math.floor((lon - width) / size);
  const columns = Math.min(360 / size, Math.floor((lon + width) / size) - first + 1);
  const south = Math.floor(Math.max(-90, lat - degrees) / size);
  const north = Math.floor(Math.min(90, lat + degrees) / size);
  const touched: number[] = [];
  const within: number[] = [];
  for (let row = south; row <= north; row += 1)
    for (let n = 0; n < columns; n += 1) {
      const cell = cellAt(row, first + n, size);
      touched.push(cell);
      if (isWithin(circle, { lat: row * size, lon: (first + n) * size }, size)) within.push(cell);
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
function isWithin(circle: Circle, corner: { lat: number; lon: number }, size: number): boolean {
  return [corner.lat, corner.lat + size].every((lat) =>
    [corner.lon, corner.lon + size].every((lon) => distanceKm(circle, { lat, lon }) <= circle.km - marginKm),
  );
}
