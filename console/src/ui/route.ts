import { computed, signal } from '@preact/signals';

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

/** The current location: `#/queries/CTAS_1` is ['queries', 'CTAS_1']. */
export const route = computed(() => {
  const [path = ''] = hash.value.replace(/^#\/?/, '').split('?');
  return path.split('/').filter(Boolean).map(decode);
});

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The link to a location of the page, given the parts of its path. */
export function href(...parts: readonly string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export function go(...parts: readonly string[]): void {
  location.hash = href(...parts);
}
