import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../server/server.ts';

/**
 * The result of a promise, requested again whenever `again` changes. The previous result is kept while the next one is
 * fetched.
 * @param beat requests again when it changes too, unless a request is pending, so that slow responses are not lost
 */
export function useAnswer<T>(
  fetch: (signal: AbortSignal) => Promise<T>,
  again: readonly unknown[],
  beat = 0,
): { readonly value: T | undefined; readonly problem: string; reload(): void } {
  const [answer, setAnswer] = useState<{ readonly value: T | undefined; readonly problem: string }>({
    value: undefined,
    problem: '',
  });
  const [turn, setTurn] = useState(0);
  const waiting = useRef<AbortController>(undefined);
  const start = (): void => {
    const abort = new AbortController();
    waiting.current?.abort();
    waiting.current = abort;
    fetch(abort.signal)
      .then(
        (value) => abort.signal.aborted || setAnswer({ value, problem: '' }),
        (error: unknown) => abort.signal.aborted || setAnswer((old) => ({ ...old, problem: messageOf(error) })),
      )
      .finally(() => waiting.current === abort && (waiting.current = undefined));
  };
  useEffect(() => {
    start();
    return () => waiting.current?.abort();
  }, [...again, turn]);
  useEffect(() => {
    if (waiting.current === undefined) start();
  }, [beat]);
  return { ...answer, reload: () => setTurn((n) => n + 1) };
}
