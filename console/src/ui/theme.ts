import { effect } from '@preact/signals';
import { stored } from './stored.ts';

type Theme = 'system' | 'light' | 'dark';

/** What the user chose; `system` follows the machine. */
export const theme = stored<Theme>('theme', 'system');

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

export function nextTheme(): void {
  theme.value = NEXT[theme.value];
}

export function applyTheme(): void {
  effect(() => {
    const root = document.documentElement;
    if (theme.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
  });
}
