import { effect } from '@preact/signals';
import { stored } from './stored.ts';

export type Theme = 'system' | 'light' | 'dark';

/** The user's choice; `system` follows the operating system. */
export const theme = stored<Theme>('theme', 'system');

export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Applies the theme, now and whenever it changes. */
export function applyTheme(): void {
  effect(() => {
    const root = document.documentElement;
    if (theme.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
  });
}
