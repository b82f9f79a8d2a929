/** `${provider:path:key}` or `${provider:key}`, as in Kafka's ConfigTransformer. */
export const REFERENCE = /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g;

/** Whether a text contains a reference to one of these providers. */
export function refersTo(text: string, providers: readonly string[]): boolean {
  return [...text.matchAll(REFERENCE)].some(([, provider]) => providers.includes(provider!));
}

/** Whether a text contains a reference, to any provider. */
export function hasReference(text: string): boolean {
  return text.search(REFERENCE) >= 0;
}
