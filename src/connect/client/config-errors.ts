import type { ConfigInfos } from './api.ts';

/** The validation result with each error message replaced by the result of `change`. */
export function withErrors(infos: ConfigInfos, change: (error: string) => string): ConfigInfos {
  if (infos.error_count === 0) return infos;
  const configs = infos.configs.map((c) => ({ ...c, value: { ...c.value, errors: c.value.errors.map(change) } }));
  return { ...infos, configs, ...(infos.hints && { hints: infos.hints.map(change) }) };
}

/**
 * The validation result for one who sent references to secrets: their settings have the references as values, and no
 * other part (names of settings that are made of values, as those of transforms, or recommendations) what they stand
 * for. Kafka's own answer has the values.
 * @param references the settings that hold references, as they were sent
 */
export function withReferences(
  infos: ConfigInfos,
  references: Readonly<Record<string, string>>,
  hide: (text: string) => string,
): ConfigInfos {
  if (Object.keys(references).length === 0) return withErrors(infos, hide);
  const configs = infos.configs.map(({ definition, value }) => ({
    definition: definition && {
      ...definition,
      name: hide(definition.name),
      display_name: hide(definition.display_name),
      group: definition.group === null ? null : hide(definition.group),
    },
    value: {
      ...value,
      name: hide(value.name),
      value: references[value.name] ?? (value.value === null ? null : hide(value.value)),
      recommended_values: value.recommended_values.map(hide),
      errors: value.errors.map(hide),
    },
  }));
  const hints = infos.hints?.map(hide);
  return { ...infos, groups: infos.groups.map(hide), configs, ...(hints && { hints }) };
}
