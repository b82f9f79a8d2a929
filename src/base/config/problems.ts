import { maskValue } from '../secrets/mask.ts';
import type { ConfigProblem } from './key.ts';

/** `Invalid value X for configuration NAME: REASON`, at the setting of that name. Secrets inside of X are hidden. */
export function invalidSetting(key: string, value: string, reason: string): ConfigProblem {
  return { key, message: `Invalid value ${maskValue(value)} for configuration ${key}: ${reason}` };
}

/** `Missing required configuration "NAME": REASON`, at the setting of that name. */
export function missingSetting(key: string, reason: string): ConfigProblem {
  return { key, message: `Missing required configuration "${key}": ${reason}` };
}
