/**
 * ` Did you mean scheme://host/database?` where a URL lacks nothing but its scheme; else nothing, as where it may hold
 * a login.
 */
export function schemeAdvice(scheme: string, text: string): string {
  return /^[\w.-]+(?::\d+)?\/[\w.-]+$/.test(text) ? `. Did you mean ${scheme}://${text}?` : '';
}

/** What a URL is told that has a login or a host right behind `scheme:`, whose `//` is missing: without the login. */
export function missingSlashes(scheme: string, after: string): string {
  const place = after.slice(after.lastIndexOf('@') + 1).replace(/^\//, '');
  const login = after.includes('@') ? 'the login, @ and ' : '';
  return `The URL lacks // behind its scheme: it begins with ${scheme}//, and ${login}${place} follow${login === '' ? 's' : ''}`;
}
