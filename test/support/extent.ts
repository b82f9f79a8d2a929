import { test } from 'vitest';

/**
 * Whether all is tested that there is (`.ci/whole`, before a release), or a representative of each kind (`.ci/run`, at
 * each commit): fewer rounds of kills, one of several variants.
 */
export const IS_WHOLE = process.env['TEST_EXTENT'] === 'whole';

/** A number of rounds, or another measure, by the extent. */
export const byExtent = <T>(some: T, whole: T): T => (IS_WHOLE ? whole : some);

/** Like `test`, for a variant of what another test of the file stands for at each commit. */
export const variant: (name: string, body: () => Promise<void>) => void = IS_WHOLE ? test : () => undefined;
