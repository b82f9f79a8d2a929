import { useEffect, useState } from 'preact/hooks';
import { dueMs, nextTurn, type Pace, type Turn } from '../server/pace.ts';

/** A number that increases when the data should be requested again; it does not while the page is hidden. */
export function usePace(pace: Pace): number {
  const [turn, setTurn] = useState<Turn>(() => ({
    count: 0,
    atMs: performance.now(),
    signs: pace.signs,
    isSettled: false,
  }));
  const due = dueMs(turn, pace);
  useEffect(() => {
    const ask = (): void => {
      if (!document.hidden) setTurn(nextTurn(turn, pace, performance.now()));
    };
    const timer = setTimeout(ask, Math.max(0, due - performance.now()));
    const onShown = (): void => {
      if (performance.now() >= due) ask();
    };
    document.addEventListener('visibilitychange', onShown);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onShown);
    };
  }, [turn, due, pace.signs, pace.isBusy]);
  return turn.count;
}
