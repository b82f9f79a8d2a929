import { mood } from '../server/live.ts';

/** A state as a word with a coloured dot. */
export function State({ state }: { readonly state: string | null | undefined }) {
  return (
    <span class="state">
      <span class={`dot ${mood(state)}`} aria-hidden="true" /> {brief(state ?? 'unknown')}
    </span>
  );
}

/** `RUNNING 1/1` for `RUNNING (1/1 tasks RUNNING)`. */
export function brief(state: string): string {
  return state.replace(/ \((\d+\/\d+) tasks RUNNING\)/, ' $1');
}
