import fc from 'fast-check';

/**
 * Property tests use new random inputs in each run. When PROPERTY_SEED is set, as in .ci/run, they use the same ones
 * every time, because whether a change passes must not depend on luck. Failures found by random runs become test cases.
 */
const seed = process.env['PROPERTY_SEED'];
if (seed !== undefined && seed !== '') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
