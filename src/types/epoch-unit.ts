/**
 * Whether a number given as ms since 1970 is probably in seconds: as ms it is a day between January and April 1970, as
 * seconds a time between 2001 and 2286.
 */
export const isProbablySeconds = (time: number | bigint): boolean => time >= 1e9 && time < 1e10;
