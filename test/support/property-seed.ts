import fc from 'fast-check';

/**
 * Properties are tried on new random inputs in each run; where PROPERTY_SEED is set, as in .ci/run, on the same ones:
 * whether a change passes must not hang on luck. What a random run finds becomes a case of its own.
 */
const seed = process.env['PROPERTY_SEED'];
if (seed !== undefined && seed !== '') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
