import { useEffect, useRef } from 'preact/hooks';

/** Calls it on Escape, wherever the focus is, unless a closer handler has used the key. */
export function useEscape(call: (() => void) | undefined): void {
  const latest = useRef(call);
  latest.current = call;
  const isOpen = call !== undefined;
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) latest.current?.();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [isOpen]);
}
