import { DOUBLE, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

const RADIUS_KM = 6371;
const RADIUS_MILES = 3959;

/** Haversine formula on a sphere. */
function distance(lat1: number, lon1: number, lat2: number, lon2: number, radius: number): number {
  const deltaLat = toRadians(lat2 - lat1);
  const deltaLon = toRadians(lon2 - lon1);
  const a =
    Math.sin(deltaLat / 2) * Math.sin(deltaLat / 2) +
    Math.sin(deltaLon / 2) * Math.sin(deltaLon / 2) * Math.cos(toRadians(lat1)) * Math.cos(toRadians(lat2));
  return 2 * Math.asin(Math.sqrt(a)) * radius;
}

/** Divides first, as Java's Math.toRadians did up to version 8: the last digit of known results depends on it. */
const toRadians = (degrees: number): number => (degrees / 180) * Math.PI;

function check(lat1: number, lon1: number, lat2: number, lon2: number): void {
  if (Math.abs(lat1) > 90 || Math.abs(lat2) > 90)
    throw new RangeError(
      'valid latitude values for GeoDistance function are in the range of -90 to 90 decimal degrees',
    );
  if (Math.abs(lon1) > 180 || Math.abs(lon2) > 180)
    throw new RangeError(
      'valid longitude values for GeoDistance function are in the range of -180 to +180 decimal degrees',
    );
}

const POINTS = [
  param('lat1', DOUBLE, 'The latitude of the first point in decimal degrees.'),
  param('lon1', DOUBLE, 'The longitude of the first point in decimal degrees.'),
  param('lat2', DOUBLE, 'The latitude of the second point in decimal degrees.'),
  param('lon2', DOUBLE, 'The longitude of the second point in decimal degrees.'),
];

export const geoDistance = scalarFunction({
  name: 'GEO_DISTANCE',
  category: 'MATHEMATICAL',
  doc: 'Returns the great-circle distance between two points on the earth, in kilometres or miles.',
  signatures: [
    {
      params: POINTS,
      returns: DOUBLE,
      evaluate(lat1: number, lon1: number, lat2: number, lon2: number) {
        check(lat1, lon1, lat2, lon2);
        return distance(lat1, lon1, lat2, lon2, RADIUS_KM);
      },
    },
    {
      params: [
        ...POINTS,
        param('units', STRING, 'KM (the default, also for NULL) or MILES; any text that starts with mi will do.'),
      ],
      returns: DOUBLE,
      nulls: 'pass',
      evaluate(
        lat1: number | null,
        lon1: number | null,
        lat2: number | null,
        lon2: number | null,
        units: string | null,
      ) {
        if (lat1 === null || lon1 === null || lat2 === null || lon2 === null) return null;
        check(lat1, lon1, lat2, lon2);
        const miles = units !== null && units.toLowerCase().startsWith('mi');
        return distance(lat1, lon1, lat2, lon2, miles ? RADIUS_MILES : RADIUS_KM);
      },
    },
  ],
  examples: [
    { call: 'ROUND(GEO_DISTANCE(37.4439, -122.1663, 51.5257, -0.1122), 6)', gives: 8634.659797 },
    { call: "ROUND(GEO_DISTANCE(37.4439, -122.1663, 51.5257, -0.1122, 'MI'), 6)", gives: 5365.659729 },
  ],
});
