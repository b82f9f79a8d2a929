import { maskValue } from '../secrets/mask.ts';
import type { ConfigProblem } from './key.ts';

/** The problem `Invalid value X for configuration NAME: REASON` at a setting. Secrets within X are hidden. */
export function invalidSetting(key: string, value: string, reason: string): ConfigProblem {
  return { key, message: `Invalid value ${maskValue(value)} for configuration ${key}: ${reason}` };
}

/** The problem `Missing required configuration "NAME": REASON` at a setting. */
export function missingSetting(key: string, reason: string): ConfigProblem {
  return { key, message: `Missing required configuration "${key}": ${reason}` };
}
