import type { HttpContext } from '../http-context.ts';

/**
 * Nothing is loaded from elsewhere, and no inline script runs: `nonce` is for the style sheets that the editor creates.
 * Images in style sheets are `data:`.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const COMMON = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/** GET /console. */
export async function consolePage(http: HttpContext): Promise<void> {
  const files = http.app.console;
  if (files === undefined) return missing(http);
  const nonce = http.app.engine.services.env.random.uuid();
  const page = (await files.page()).replaceAll('__NONCE__', nonce);
  http.send(200, 'text/html; charset=utf-8', page, {
    ...COMMON,
    'cache-control': 'no-cache',
    'content-security-policy': contentSecurityPolicy(nonce),
    'cross-origin-opener-policy': 'same-origin',
  });
}

/** GET /console/assets/NAME. */
export async function consoleAsset(http: HttpContext): Promise<void> {
  const file = await http.app.console?.asset(http.params['name'] ?? '');
  if (file === undefined) return missing(http);
  const takesGzip = /\bgzip\b/.test(http.header('accept-encoding') ?? '');
  http.sendBytes(200, file.contentType, takesGzip && file.gzipped !== undefined ? file.gzipped : file.body, {
    ...COMMON,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
    ...(takesGzip && file.gzipped !== undefined && { 'content-encoding': 'gzip' }),
  });
}

function missing(http: HttpContext): void {
  http.send(
    404,
    'text/plain; charset=utf-8',
    http.app.console === undefined
      ? 'There is no web console here: web.console.enable is false, or this clone was not built (npm run build)\n'
      : 'Not Found\n',
  );
}

/** Whether a browser requests the path as a page. */
export function wantsPage(accept: string | undefined): boolean {
  return (accept ?? '').includes('text/html');
}
