import type { ConfigInfos } from './api.ts';

/** The validation result with each error message replaced by the result of `change`. */
export function withErrors(infos: ConfigInfos, change: (error: string) => string): ConfigInfos {
  if (infos.error_count === 0) return infos;
  const configs = infos.configs.map((c) => ({ ...c, value: { ...c.value, errors: c.value.errors.map(change) } }));
  return { ...infos, configs, ...(infos.hints && { hints: infos.hints.map(change) }) };
}
