import { commaList } from '../../../base/comma-list.ts';
import { isSluiceError } from '../../../base/errors.ts';
import type { Config, ConfigKey, ConfigProblem } from '../../api/config-spec.ts';

/** The topics of a sink that names them. */
export const topicsOf = (config: Config): readonly string[] => commaList(config.raw['topics']);

/**
 * The problem with TLS settings, at the setting that the error names, otherwise at the address. Rethrows any other
 * error.
 */
export function tlsProblem(error: unknown, address: ConfigKey): ConfigProblem {
  if (!isSluiceError(error, 'CONFIG')) throw error;
  return { key: /^Invalid value for (ssl\S+):/.exec(error.message)?.[1] ?? address.name, message: error.message };
}
