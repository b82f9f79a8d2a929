/**
 * Whether a number of ms since 1970 is more probably one of seconds: as ms it is a day of January to April 1970, as
 * seconds a time of the years 2001 to 2286.
 */
export const isProbablySeconds = (time: number | bigint): boolean => time >= 1e9 && time < 1e10;
