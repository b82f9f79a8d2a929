/**
 * The version of the package: /info, the console's greeting, metrics. scripts/tidy checks that package.json says the
 * same.
 */
export const VERSION = '0.1.0';
