import { oneLine } from '../../api/config-spec.ts';

/** The login in a URL. */
export interface UrlLogin {
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** Decodes the login in a URL. A string result describes the problem without quoting the login. */
export function urlLogin({ username, password }: Pick<URL, 'username' | 'password'>): UrlLogin | string {
  const parts: (string | undefined)[] = [];
  for (const part of [username, password]) {
    let text: string;
    try {
      text = decodeURIComponent(part);
    } catch {
      return 'in its login a % is not followed by two hexadecimal digits of UTF-8: % itself is written %25';
    }
    if (oneLine(text) !== undefined) return 'its login has a line break or another control character';
    parts.push(text === '' ? undefined : text);
  }
  return { user: parts[0], password: parts[1] };
}
