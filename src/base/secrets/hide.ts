import type { LogFields, Logger } from '../env.ts';
import { findSecrets, HIDDEN, isReference } from './find.ts';
import { isSecretSetting, maskSettings, maskText, type TypeOfSetting } from './mask.ts';

/**
 * Every text of settings that must not be shown, longest first: what `maskSettings` hides, and the parts of it that may
 * stand alone. A password that is the user's or the database's name as well (`postgres`) is none of them: it stands in
 * clear in what is shown of the settings, so that leaving it out of sentences would hide those names and nothing else.
 * Where a sentence has it as a password it is masked by its place. `others`: texts behind references, always secret.
 */
export function secretsOf(
  settings: Readonly<Record<string, string>>,
  typeOf: TypeOfSetting = () => undefined,
  others: readonly string[] = [],
): string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(settings)) {
    if (isSecretSetting(name, typeOf(name)) && !isReference(value)) {
      found.add(value);
      // `user:password` and `Bearer token` are shown in parts, too.
      const part = /^(?:[^\s:]+:|(?:bearer|basic)\s+)(\S+)$/i.exec(value)?.[1];
      if (part !== undefined) found.add(part);
    }
    for (const { start, end } of findSecrets(value, true)) found.add(value.slice(start, end));
  }
  const formsOf = (texts: Iterable<string>) => [...texts].flatMap((text) => [text, text.trim(), decoded(text)]);
  const clear = shownParts(maskSettings(settings, typeOf), others);
  const forms = new Set([...formsOf(found).filter((text) => !clear.has(text)), ...formsOf(others)]);
  forms.delete('');
  return [...forms].toSorted((a, b) => b.length - a.length);
}

/** The values of settings as they are shown, and the parts of URLs and lists in them, but for schemes. */
function shownParts(shown: Readonly<Record<string, string>>, others: readonly string[]): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const one of Object.values(shown)) {
    const value = one.replaceAll(HIDDEN, ' ');
    if (isReference(value) || others.some((text) => text !== '' && value.includes(text))) continue;
    parts.add(value);
    for (const part of value.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\//gi, ' ').split(/[\s:/@?&=,;|"'{}[\]()]+/))
      parts.add(part);
  }
  return parts;
}

/**
 * A sentence without known secrets, also as URLs, JSON and SQL write them, nor those that its form gives away. A secret
 * that is a plain word (`postgres`) is hidden where it stands as a word, not inside of others (`jdbc:postgresql:`).
 * Secrets of one or two characters are left: hiding them would shred the text.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) {
    if (secret.length <= 2) continue;
    const forms = new Set([secret, encoded(secret), JSON.stringify(secret).slice(1, -1), secret.replaceAll("'", "''")]);
    for (const form of forms) {
      if (!shown.includes(form)) continue;
      shown = /^[A-Za-z]{1,15}$|^\d{1,5}$/.test(form)
        ? shown.replaceAll(new RegExp(`(?<![A-Za-z0-9])${form}(?![A-Za-z0-9])(?!://)`, 'g'), HIDDEN)
        : shown.replaceAll(form, HIDDEN);
    }
  }
  return maskText(shown);
}

/** A logger that writes no secret of `secrets`, which is asked for each line. */
export function hidingLogger(logger: Logger, secrets: () => readonly string[]): Logger {
  const clean = (fields: LogFields | undefined): LogFields | undefined =>
    fields &&
    Object.fromEntries(
      Object.entries(fields).map(([k, v]) => [k, typeof v === 'string' ? hideSecrets(v, secrets()) : v]),
    );
  return {
    debug: (message, fields) => logger.debug(hideSecrets(message, secrets()), clean(fields)),
    info: (message, fields) => logger.info(hideSecrets(message, secrets()), clean(fields)),
    warn: (message, fields) => logger.warn(hideSecrets(message, secrets()), clean(fields)),
    error: (message, fields) => logger.error(hideSecrets(message, secrets()), clean(fields)),
    child: (fields) => hidingLogger(logger.child(fields), secrets),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half a surrogate pair.
    return text;
  }
}
