import type { Check } from './check.ts';

/** The problems that no field of the form shows, with their hints. */
export function UnclaimedProblems({
  check,
  claimed,
}: {
  readonly check: Check;
  /** The problems that are shown beside their fields. */
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
