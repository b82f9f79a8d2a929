/**
 * The version of the package, for /info, the console's greeting and metrics. scripts/tidy checks that package.json has
 * the same version.
 */
export const VERSION = '0.1.0';
