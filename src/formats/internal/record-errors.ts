import { SluiceError } from '../../base/errors.ts';

/**
 * A value that does not fit its column. Coercers throw it bare; whoever knows the topic turns it into a SluiceError.
 */
export class Misfit extends Error {
  /** Path below the value that the thrower saw, innermost last: `.FIELD`, `[3]`, `.key`. */
  readonly path: string[] = [];

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
export function deserializationError(topic: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('DESERIALIZATION', `Failed to deserialize value from topic: ${topic}. ${reason}`, { cause });
}

/** Like `deserializationError`, from anything a coercer threw; SluiceErrors and others pass through unchanged. */
export function wrapMisfit(topic: string, error: unknown): unknown {
  if (!(error instanceof Misfit)) return error;
  return deserializationError(topic, `${error.message}, path: $${error.path.join('')}`);
}

export function serializationError(topic: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('SERIALIZATION', `Error serializing message to topic: ${topic}. ${reason}`, { cause });
}
