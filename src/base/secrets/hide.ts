import type { LogFields, Logger } from '../env.ts';
import { findSecrets, HIDDEN, isReference } from './find.ts';
import { isSecretSetting, maskSettings, maskText, type TypeOfSetting } from './mask.ts';
import { isSecretName } from './names.ts';

/**
 * All texts in settings that must not be shown, longest first: what `maskSettings` hides, and the parts of it that may
 * occur alone. A password that equals the name of the user or the database (`postgres`) is not included: that name is
 * shown in clear elsewhere, so hiding it would hide the name and nothing else. Where a sentence shows it as a password,
 * its position gives it away and it is masked. `others`: texts behind references, which are always secret.
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
      // The parts of `user:password` and `Bearer token` may also be shown separately.
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

/** The values of settings as they are shown, with the parts of URLs and lists in them except schemes. */
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
 * A sentence without known secrets, in the encodings of URLs, JSON and SQL too, and without secrets that are recognized
 * by their form. A secret that a text may contain by chance, such as an ordinary word (`other`, `postgres`) or a short
 * number, is hidden where a text gives it as a secret, and not wherever it occurs: "see [hidden] errors" tells the word
 * to everybody who knows the sentence.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) {
    const forms = new Set([secret, encoded(secret), JSON.stringify(secret).slice(1, -1), secret.replaceAll("'", "''")]);
    for (const form of forms) {
      if (!shown.includes(form)) continue;
      shown = isOrdinary(secret) ? hiddenInPlace(shown, form) : shown.replaceAll(form, HIDDEN);
    }
  }
  return maskText(shown);
}

/** Whether a text may contain it by chance: a word, a number, or a few characters. */
function isOrdinary(secret: string): boolean {
  return secret.length < SHORT || /^[A-Za-z]{1,15}$|^\d{1,5}$/.test(secret);
}

/** The length below which any secret may occur in a text by chance. */
const SHORT = 4;

/**
 * The text without the secret where it follows the name of a secret (`password "other"`, `token is: other`), and in
 * Kafka's sentence for an invalid value of a setting. `maskText` handles names in a notation (`password=other`, JSON).
 */
function hiddenInPlace(text: string, form: string): string {
  const value = form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const named = new RegExp(
    String.raw`(?<![\w.-])(?<name>[\w.-]{1,99})(?<between>["'\s:=(\[]{1,4}(?:(?:is|was|of|to)[\s:]{1,2})?["'(\[]{0,2})${value}(?![A-Za-z0-9])`,
    'g',
  );
  return text
    .replaceAll(named, (all, name: string, between: string) => (isSecretName(name) ? name + between + HIDDEN : all))
    .replaceAll(new RegExp(`(?<=\\bInvalid value )${value}(?= for configuration )`, 'g'), HIDDEN);
}

/** A logger that hides the current `secrets` in every line. */
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
    // The secret contains half a surrogate pair, which has no URL encoding.
    return text;
  }
}
