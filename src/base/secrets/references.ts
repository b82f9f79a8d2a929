/** `${provider:path:key}`, `${provider:key}`: groups provider, path with its colon, path, key. As Kafka's ConfigTransformer. */
export const REFERENCE = /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g;

/** Whether a text refers to something of one of these providers. */
export function refersTo(text: string, providers: readonly string[]): boolean {
  return [...text.matchAll(REFERENCE)].some(([, provider]) => providers.includes(provider!));
}
