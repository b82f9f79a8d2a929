import { bareOf, type Said, shownOf, Quoting, within } from '../../base/quoting.ts';
import { SluiceError } from '../../base/errors.ts';

/**
 * A value that does not fit its column. Coercers throw it bare; whoever knows the topic turns it into a SluiceError.
 */
export class Misfit extends Error {
  /** Path below the value that the thrower saw, innermost last: `.FIELD`, `[3]`, `.key`. */
  readonly path: string[] = [];
  /** The message without values of the record. */
  readonly bare: string;

  constructor(said: Said) {
    super(shownOf(said));
    this.bare = bareOf(said);
  }

  /** Names the step from the parent to the value at fault. */
  within(step: string): this {
    this.path.unshift(step);
    return this;
  }
}

/** ksqlDB's sentence for a JSON node of the wrong type. */
export function cannotConvert(sourceType: string, requiredType: string): Misfit {
  return new Misfit(`Can't convert type. sourceType: ${sourceType}, requiredType: ${requiredType}`);
}

/** The record-level error that goes to the processing log. */
export function deserializationError(topic: string, reason: Said, cause?: unknown): SluiceError {
  const said = within(reason, (text) => `Failed to deserialize value from topic: ${topic}. ${text}`);
  return new SluiceError('DESERIALIZATION', said, { cause });
}

/** Like `deserializationError`, from anything a coercer threw; SluiceErrors and others pass through unchanged. */
export function wrapMisfit(topic: string, error: unknown): unknown {
  if (!(error instanceof Misfit)) return error;
  const path = `, path: $${error.path.join('')}`;
  return deserializationError(topic, new Quoting(`${error.message}${path}`, `${error.bare}${path}`));
}

export function serializationError(topic: string, reason: Said, cause?: unknown): SluiceError {
  const said = within(reason, (text) => `Error serializing message to topic: ${topic}. ${text}`);
  return new SluiceError('SERIALIZATION', said, { cause });
}
