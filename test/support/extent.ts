import { test } from 'vitest';

/**
 * Whether everything is tested (`.ci/whole`, before a release) or a representative of each kind (`.ci/run`, at each
 * commit): fewer rounds of kills, one of several variants.
 */
export const IS_WHOLE = process.env['TEST_EXTENT'] === 'whole';

/** The number of rounds, or another quantity, for this extent. */
export const byExtent = <T>(some: T, whole: T): T => (IS_WHOLE ? whole : some);

/** Like `test`, for a variant of another test of the file, which represents it at each commit. */
export const variant: (name: string, body: () => Promise<void>) => void = IS_WHOLE ? test : () => undefined;
