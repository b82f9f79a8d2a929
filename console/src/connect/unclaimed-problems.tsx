import type { Check } from './check.ts';

/** What a check found that no field of the form shows, and its hint. */
export function UnclaimedProblems({
  check,
  claimed,
}: {
  readonly check: Check;
  /** The problems that are shown at their fields. */
  readonly claimed: ReadonlySet<string>;
}) {
  const all = [...check.problems, ...(check.hint === '' ? [] : [check.hint])];
  return (
    <>
      {all
        .filter((p) => !claimed.has(p))
        .map((p) => (
          <p key={p} class="problem" role="alert">
            {p}
          </p>
        ))}
    </>
  );
}
