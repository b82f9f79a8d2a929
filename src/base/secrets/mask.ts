import { findSecrets, HIDDEN, isReference } from './find.ts';
import { isSecretName } from './names.ts';

/** The type that a table of settings gives to a name, in Kafka's terms; undefined when no table has it. */
export type TypeOfSetting = (name: string) => string | undefined;

/** Types whose values are never secret, whatever the setting's name. */
const HARMLESS_TYPES: ReadonlySet<string> = new Set(['BOOLEAN', 'SHORT', 'INT', 'LONG', 'DOUBLE', 'CLASS']);

/** A sentence (a message, a stack trace) without the secrets in its URLs, parameters, JSON and headers. */
export function maskText(text: string): string {
  return masked(text, false);
}

/** The value of a setting that is not secret as a whole, without the secrets in it. */
export function maskValue(value: string): string {
  return masked(value, true);
}

/** Whether the whole value of a setting is secret: by its type where a table gives it, otherwise by its name. */
export function isSecretSetting(name: string, type: string | undefined): boolean {
  if (type === 'PASSWORD') return true;
  return !(type !== undefined && HARMLESS_TYPES.has(type)) && isSecretName(name);
}

/** Settings in a form that may be shown. References to secrets (`${file:...}`) are kept. */
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
