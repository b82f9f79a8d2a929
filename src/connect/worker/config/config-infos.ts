import { HIDDEN } from '../../../base/secrets/find.ts';
import { isSecretSetting, maskValue } from '../../../base/secrets/mask.ts';
import {
  configValueText,
  documentationOf,
  importanceOf,
  type ConfigKey,
  type ParsedKey,
  type RawConfig,
} from '../../api/config-spec.ts';
import type { ConfigInfos, ConfigKeyInfo } from '../../client/api.ts';

/**
 * A key's definition in the REST API's shape. The position has both of its names, since old clients look for one and
 * new clients for the other.
 */
export function keyInfo(key: ConfigKey, prefix = '', group = key.group): ConfigKeyInfo {
  const order = key.order ?? -1;
  return {
    name: prefix + key.name,
    type: key.type,
    required: key.default === undefined,
    default_value:
      key.default === undefined || key.default === null ? null : key.type === 'PASSWORD' ? HIDDEN : key.default,
    importance: importanceOf(key),
    documentation: documentationOf(key),
    group: group ?? null,
    width: key.width ?? 'NONE',
    display_name: key.displayName ?? key.name,
    dependents: key.dependents ?? [],
    order,
    order_in_group: order,
  };
}

/** A group of parsed keys: those of the framework, of a transform, or of the connector. */
export interface Section {
  readonly keys: readonly ParsedKey[];
  /** A prefix of the names, e.g. `transforms.t.`. */
  readonly prefix?: string;
  readonly group?: string;
}

/** Additional errors by full key name. */
export type ExtraErrors = ReadonlyMap<string, readonly string[]>;

/** The response of Connect's validation, with the number of errors. */
export function configInfos(
  className: string,
  sections: readonly Section[],
  extra: ExtraErrors,
  raw: RawConfig,
): ConfigInfos {
  const configs: { definition: ConfigKeyInfo | null; value: ConfigInfos['configs'][number]['value'] }[] = [];
  const groups: string[] = [];
  const seen = new Set<string>();
  for (const section of sections) {
    for (const parsed of section.keys) {
      const info = keyInfo(parsed.key, section.prefix, section.group ?? parsed.key.group);
      if (seen.has(info.name)) continue;
      seen.add(info.name);
      if (info.group !== null && !groups.includes(info.group)) groups.push(info.group);
      configs.push({
        definition: info,
        value: {
          name: info.name,
          value: shownValue(parsed),
          recommended_values: parsed.key.recommend?.(raw) ?? [],
          errors: [...parsed.errors, ...(extra.get(info.name) ?? [])],
          visible: parsed.key.visible?.(raw) ?? true,
        },
      });
    }
  }
  for (const [name, errors] of extra) {
    if (seen.has(name)) continue;
    configs.push({
      definition: null,
      value: {
        name,
        value: shownText(name, undefined, raw[name] ?? null),
        recommended_values: [],
        errors,
        visible: true,
      },
    });
  }
  return { name: className, error_count: configs.filter((c) => c.value.errors.length > 0).length, groups, configs };
}

function shownValue(parsed: ParsedKey): string | null {
  return shownText(parsed.key.name, parsed.key.type, configValueText(parsed.key.type, parsed.value));
}

function shownText(name: string, type: string | undefined, text: string | null): string | null {
  if (text === null) return null;
  return isSecretSetting(name, type) ? HIDDEN : maskValue(text);
}

/** The message of a refused create or update, with every problem on its own line. */
export function refusal(infos: ConfigInfos): string | undefined {
  const messages = infos.configs.flatMap((c) => c.value.errors);
  if (messages.length === 0) return undefined;
  return (
    `Connector configuration is invalid and contains the following ${messages.length} error(s):\n${messages.join('\n')}\n` +
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`'
  );
}
