/** A copy of a tree without its spans, to compare trees at different positions. */
export function stripSpans<T>(node: T): T {
  if (Array.isArray(node)) return node.map((item) => stripSpans(item as unknown)) as T;
  if (node === null || typeof node !== 'object') return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node))
    if (key !== 'span' && key !== 'words') copy[key] = stripSpans(value as unknown);
  return copy as T;
}
