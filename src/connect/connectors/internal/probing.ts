import { isSluiceError } from '../../../base/errors.ts';
import type { Config, ConfigKey, ConfigProblem } from '../../api/config-spec.ts';

/** The topics of a sink that names them. */
export const topicsOf = (config: Config): readonly string[] =>
  (config.raw['topics'] ?? '')
    .split(',')
    .map((topic) => topic.trim())
    .filter((topic) => topic !== '');

/**
 * What is wrong with the TLS settings, at the one that the error names, else at the address. Throws any other error on.
 */
export function tlsProblem(error: unknown, address: ConfigKey): ConfigProblem {
  if (!isSluiceError(error, 'CONFIG')) throw error;
  return { key: /^Invalid value for (ssl\S+):/.exec(error.message)?.[1] ?? address.name, message: error.message };
}
