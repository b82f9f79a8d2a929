const DEFAULT_PORT = 8088;

/**
 * The URL of a server in one of the forms `http://host:8088`, `host:8088`, `host`, `[::1]:8088`.
 * @throws Error for any other form
 */
export function serverUrl(address: string): string {
  const text = address.trim();
  if (/^https?:\/\//i.test(text)) {
    if (!URL.canParse(text)) throw new Error(`Not the address of a server: ${address}`);
    return text;
  }
  const url = `http://${text}`;
  if (text === '' || /^[a-z][\w+.-]*:\/\//i.test(text) || !URL.canParse(url))
    throw new Error(`Not the address of a server: ${address}. It looks like host:8088 or http://host:8088`);
  const parsed = new URL(url);
  // An explicit port is kept, even if it is the default port of HTTP.
  if (/:\d+(?:\/|$)/.test(text)) return url;
  parsed.port = String(DEFAULT_PORT);
  return parsed.href.replace(/\/$/, '');
}
