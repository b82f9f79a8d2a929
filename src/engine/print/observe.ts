import { messageOf } from '../../base/errors.ts';
import { NeedsSchema } from '../../formats/api.ts';
import type { SchemaRegistry } from '../../formats/schema-registry/api.ts';
import type { FormatGuess } from './guess-format.ts';

/**
 * Lets a guess observe bytes and the schema to which they refer. Yields a line when the registry could not be asked.
 */
export async function* observe(
  guess: FormatGuess,
  bytes: Uint8Array | null,
  registry: SchemaRegistry,
): AsyncGenerator<string, void> {
  for (;;) {
    try {
      guess.observe(bytes);
      return;
    } catch (error) {
      if (!(error instanceof NeedsSchema)) throw error;
      try {
        guess.learn(error.schemaId, await registry.schemaById(error.schemaId));
      } catch (failure) {
        guess.learn(error.schemaId, undefined);
        yield `Schema ${error.schemaId} could not be fetched, its records are shown as bytes: ${messageOf(failure)}`;
      }
    }
  }
}
