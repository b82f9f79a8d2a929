import type { RawConfig } from '../../api/config-spec.ts';

/** Defaults of a class that differ from ours. */
interface ClassDefaults {
  readonly type?: string;
  readonly key?: string;
  readonly database?: number;
  readonly pushDirection?: string;
}

/** Classes that write records as strings under their own keys, in database 1. */
const OF_STRINGS = /^(?:com\.github\.jcustenborder\.kafka\.connect\.redis\.RedisSinkConnector|RedisSink)$/;
const OF_REDIS = /^com\.redis(?:labs)?\.kafka\.connect\./;

/** By the class that a config names: the meaning there of settings that are not given. */
export function classDefaults(config: RawConfig): ClassDefaults {
  const name = config['connector.class']?.trim() ?? '';
  if (OF_STRINGS.test(name)) return { type: 'STRING', key: '', database: 1 };
  return OF_REDIS.test(name) ? { pushDirection: 'LEFT' } : {};
}
