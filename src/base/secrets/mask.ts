import { findSecrets, HIDDEN, isReference } from './find.ts';
import { isSecretName } from './names.ts';

/** The type that a table of settings gives one, in Kafka's words; undefined where no table has it. */
export type TypeOfSetting = (name: string) => string | undefined;

/** Types whose values are no secrets, whatever the name says. */
const HARMLESS_TYPES: ReadonlySet<string> = new Set(['BOOLEAN', 'SHORT', 'INT', 'LONG', 'DOUBLE', 'CLASS']);

/** A sentence (a message, a trace) without the secrets that URLs, parameters, JSON and headers in it carry. */
export function maskText(text: string): string {
  return masked(text, false);
}

/** The value of a setting that is no secret as a whole, without those it carries. */
export function maskValue(value: string): string {
  return masked(value, true);
}

/** Whether the whole value of a setting is hidden: by its type where a table tells it, else by its name. */
export function isSecretSetting(name: string, type: string | undefined): boolean {
  if (type === 'PASSWORD') return true;
  return !(type !== undefined && HARMLESS_TYPES.has(type)) && isSecretName(name);
}

/** Settings fit to be shown. References to secrets (`${file:...}`) stay. */
export function maskSettings(
  settings: Readonly<Record<string, string>>,
  typeOf: TypeOfSetting = () => undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      !isSecretSetting(name, typeOf(name)) ? maskValue(value) : isReference(value) || value === '' ? value : HIDDEN,
    ]),
  );
}

function masked(text: string, isValue: boolean): string {
  let shown = '';
  let at = 0;
  for (const { start, end } of findSecrets(text, isValue)) {
    shown += text.slice(at, start) + HIDDEN;
    at = end;
  }
  return shown + text.slice(at);
}
