/**
 * ` Did you mean scheme://host/database?` when a URL lacks only its scheme; otherwise nothing, also if it may contain a
 * login.
 */
export function schemeAdvice(scheme: string, text: string): string {
  return /^[\w.-]+(?::\d+)?\/[\w.-]+$/.test(text) ? `. Did you mean ${scheme}://${text}?` : '';
}

/** The error for a URL with a login or a host directly after `scheme:`, without `//`; the login is not shown. */
export function missingSlashes(scheme: string, after: string): string {
  const place = after.slice(after.lastIndexOf('@') + 1).replace(/^\//, '');
  const login = after.includes('@') ? 'the login, @ and ' : '';
  return `The URL lacks // behind its scheme: it begins with ${scheme}//, and ${login}${place} follow${login === '' ? 's' : ''}`;
}
