import { formatName, formatString } from '../../../src/sql/printer/names.ts';

/** Changes of settings: a new value, or null: the setting returns to its default. */
export type Changes = Readonly<Record<string, string | null>>;

/** What was typed that differs from the current settings. */
export function changesOf(current: Readonly<Record<string, string>>, typed: Changes): Changes {
  return Object.fromEntries(Object.entries(typed).filter(([key, value]) => (current[key] ?? null) !== value));
}

/** The settings after the changes. `sources` replaces the topics, as in ALTER CONNECTOR. */
export function merged(current: Readonly<Record<string, string>>, changes: Changes): Readonly<Record<string, string>> {
  const isNamed = (changes['sources'] ?? null) !== null;
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...current, ...changes }))
    if (value !== null && !(isNamed && /^topics(?:\.regex)?$/.test(key))) values[key] = value;
  return values;
}

/** @param there ` IN CLUSTER name`, or nothing */
export function alterStatement(name: string, changes: Changes, there: string): string {
  const set = Object.entries(changes).flatMap(([key, value]) => (value === null ? [] : [entry(key, value)]));
  const reset = Object.keys(changes)
    .filter((key) => changes[key] === null)
    .map((key) => formatString(key));
  return [
    `ALTER CONNECTOR ${formatName(name)}`,
    ...(set.length === 0 ? [] : [`SET (${set.join(', ')})`]),
    ...(reset.length === 0 ? [] : [`RESET (${reset.join(', ')})`]),
  ]
    .join(' ')
    .concat(`${there};`);
}

/** The statement that checks all settings after the change; `[hidden]` stands for stored secrets. */
export function validateStatement(
  name: string,
  type: 'source' | 'sink',
  values: Readonly<Record<string, string>>,
  there: string,
): string {
  const settings = Object.entries(values).filter(([key]) => key !== 'name');
  return `VALIDATE OR REPLACE ${type.toUpperCase()} CONNECTOR ${formatName(name)} WITH (${settings.map(([key, value]) => entry(key, value)).join(', ')})${there};`;
}

/** An entry of WITH or SET. */
export function entry(key: string, value: string): string {
  return `${formatString(key)}=${formatString(value)}`;
}
