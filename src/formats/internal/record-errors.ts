import { bareOf, type MessageText, shownOf, Quoting, within } from '../../base/quoting.ts';
import { SluiceError } from '../../base/errors.ts';

/**
 * A value that does not fit its column. Coercers throw it without context; a caller that knows the topic converts it to
 * a SluiceError.
 */
export class Misfit extends Error {
  /** The path below the value where the error was thrown, innermost last: `.FIELD`, `[3]`, `.key`. */
  readonly path: string[] = [];
  /** The message without any values of the record. */
  readonly bare: string;

  constructor(message: MessageText) {
    super(shownOf(message));
    this.bare = bareOf(message);
  }

  /** Adds the step from the parent to the offending value. */
  within(step: string): this {
    this.path.unshift(step);
    return this;
  }
}

/** ksqlDB's error for a JSON node of the wrong type. */
export function cannotConvert(sourceType: string, requiredType: string): Misfit {
  return new Misfit(`Can't convert type. sourceType: ${sourceType}, requiredType: ${requiredType}`);
}

/** The record-level error that is written to the processing log. */
export function deserializationError(topic: string, reason: MessageText, cause?: unknown): SluiceError {
  const message = within(reason, (text) => `Failed to deserialize value from topic: ${topic}. ${text}`);
  return new SluiceError('DESERIALIZATION', message, { cause });
}

/**
 * Like `deserializationError`, for anything that a coercer threw; other errors, SluiceErrors included, are returned
 * unchanged.
 */
export function wrapMisfit(topic: string, error: unknown): unknown {
  if (!(error instanceof Misfit)) return error;
  const path = `, path: $${error.path.join('')}`;
  return deserializationError(topic, new Quoting(`${error.message}${path}`, `${error.bare}${path}`));
}

/** ksqlDB's error for a row that cannot be encoded. */
export function serializationError(topic: string, reason: MessageText, cause?: unknown): SluiceError {
  const message = within(reason, (text) => `Error serializing message to topic: ${topic}. ${text}`);
  return new SluiceError('SERIALIZATION', message, { cause });
}
