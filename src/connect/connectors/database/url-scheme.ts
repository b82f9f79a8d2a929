/**
 * ` Did you mean scheme://host/database?` where a URL lacks nothing but its scheme; else nothing, as where it may hold
 * a login.
 */
export function schemeAdvice(scheme: string, text: string): string {
  return /^[\w.-]+(?::\d+)?\/[\w.-]+$/.test(text) ? `. Did you mean ${scheme}://${text}?` : '';
}
