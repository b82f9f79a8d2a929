import { readFile } from 'node:fs/promises';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Logger } from '../base/env.ts';
import { parseProperties } from './properties-file.ts';

/** What connectors inherit from their worker. */
const INHERITED = /^(?:key|value|header)\.converter(?:\.|$)/;

/**
 * The settings of ksqlDB's `ksql.connect.worker.config`, a properties file of a Connect worker, that the embedded
 * worker takes: the converters that connectors use where they name none. The others (its topics, its group, its
 * listeners) have settings of the server in their place: said once.
 * @throws SluiceError STATEMENT naming the file that cannot be read
 */
export async function workerDefaults(
  file: string | undefined,
  logger: Logger,
): Promise<Readonly<Record<string, string>>> {
  if (file === undefined || file.trim() === '') return {};
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SluiceError('STATEMENT', `ksql.connect.worker.config: ${messageOf(error)}`, { cause: error });
  }
  const all = Object.entries(parseProperties(text));
  const ignored = all.flatMap(([key]) => (INHERITED.test(key) ? [] : [key]));
  if (ignored.length > 0)
    logger.info('Settings of ksql.connect.worker.config that the embedded worker does not need', {
      settings: ignored.join(', '),
    });
  return Object.fromEntries(all.filter(([key]) => INHERITED.test(key)));
}
