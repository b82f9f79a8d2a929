import { HIDDEN, maskConfig, type ConfigKey, type RawConfig } from '../api/config-spec.ts';

/** Every text of a config that must not be shown, for cleaning error traces. */
export function secretValues(resolved: RawConfig, spec: readonly ConfigKey[], references: readonly string[]): string[] {
  const masked = maskConfig(resolved, spec);
  const found = new Set<string>(references);
  for (const [name, value] of Object.entries(resolved)) {
    const shown = masked[name]!;
    if (shown === value) continue;
    if (shown === HIDDEN) found.add(value);
    else for (const part of passwordsIn(value)) found.add(part);
  }
  found.delete('');
  return [...found];
}

/** The pieces of a URL that masking hides. */
function passwordsIn(url: string): string[] {
  const found: string[] = [];
  const user = /:\/\/[^/\s:@]+:([^@\s/]+)@/.exec(url)?.[1];
  if (user !== undefined) found.push(user, decode(user));
  for (const [, value] of url.matchAll(/[?&;](?:password|sslpassword|pwd|token)=([^&;\s]+)/gi))
    found.push(value!, decode(value!));
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A config that comes back from someone who was shown a masked one: what is still masked means the value that is stored. So a client may
 * read, change one setting and write, without ever having seen the secret.
 */
export function unmask(
  sent: RawConfig,
  stored: RawConfig | undefined,
  spec: readonly ConfigKey[] | undefined,
): RawConfig {
  if (stored === undefined) return sent;
  const shown = maskConfig(stored, spec);
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      value.includes(HIDDEN) && shown[name] === value ? stored[name]! : value,
    ]),
  );
}
