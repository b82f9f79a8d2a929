import type { RepartitionStep } from './steps.ts';

/** Formats in which a null may be read back as a default value. */
const LOSSY_FORMATS: readonly string[] = ['PROTOBUF', 'PROTOBUF_NOSR'];

/**
 * Whether the declared format of an internal topic returns each value unchanged; then the query, which alone reads the
 * topic, may write a cheaper one.
 */
export function isLossless(step: RepartitionStep): boolean {
  return !LOSSY_FORMATS.includes(step.codec.valueFormat.format) || step.out.row.length === 0;
}
