/** `${provider:path:key}` or `${provider:key}`, as Kafka's ConfigTransformer has them. */
export const REFERENCE = /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g;

/** Whether a text refers to something of one of these providers. */
export function refersTo(text: string, providers: readonly string[]): boolean {
  return [...text.matchAll(REFERENCE)].some(([, provider]) => providers.includes(provider!));
}
