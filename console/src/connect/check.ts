import { useEffect, useState } from 'preact/hooks';
import { listOf, textOf, textsOf } from '../../../src/cli/render/fields.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { messageOf, server } from '../server/server.ts';
import type { Setting } from './field.tsx';

/** How long after the last keystroke the settings are checked, in ms. */
const CHECK_MS = 500;

/** The last result of VALIDATE CONNECTOR. */
export interface Check {
  /** The checked statement: later changes have not been checked. */
  readonly of: string;
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  readonly hint: string;
  /** Present if there are no problems. */
  readonly answer?: Entity;
  readonly settings: ReadonlyMap<string, { readonly visible: boolean; readonly recommended: readonly string[] }>;
}

const UNCHECKED: Check = { of: '', values: {}, problems: [], hint: '', settings: new Map() };

/**
 * The result of a VALIDATE statement, which runs shortly after its last change.
 * @param statement undefined if there is nothing to check
 * @param values the settings that the statement contains
 */
export function useCheck(
  statement: string | undefined,
  values: Readonly<Record<string, string>>,
): { readonly check: Check; forget(): void } {
  const [check, setCheck] = useState<Check>(UNCHECKED);
  useEffect(() => {
    if (statement === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      server()
        .execute(statement, { signal: abort.signal })
        .then(
          ([answer]) => abort.signal.aborted || setCheck({ ...checkOf(answer!), of: statement, values }),
          (error: unknown) =>
            abort.signal.aborted || setCheck({ ...UNCHECKED, of: statement, values, problems: [messageOf(error)] }),
        );
    }, CHECK_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [statement]);
  return { check, forget: () => setCheck(UNCHECKED) };
}

function checkOf(answer: Entity): Omit<Check, 'of' | 'values'> {
  return {
    problems: textsOf(answer['problems']),
    hint: textOf(answer['hint']),
    ...(answer['isValid'] === true && { answer }),
    settings: new Map(
      listOf(answer['settings']).map((s) => [
        textOf(s['name']),
        { visible: s['visible'] !== false, recommended: textsOf(s['recommended']) },
      ]),
    ),
  };
}

/** The problems of a setting, reported under its own name or that of a setting that it sets. */
export function problemsOf(check: Check, s: Setting): readonly string[] {
  return check.problems.filter((p) => [s.name, ...s.sets].some((setting) => isAbout(p, setting)));
}

function isAbout(problem: string, setting: string): boolean {
  return problem.includes(`"${setting}"`) || problem.startsWith(`${setting} `) || problem.includes(` ${setting}:`);
}

/** Whether a setting has no effect in combination with the current values, and has no value itself. */
export function isIdle(check: Check, s: Setting, value: string | undefined): boolean {
  const states = s.sets.map((key) => check.settings.get(key));
  return value === undefined && states.length > 0 && states.every((state) => state?.visible === false);
}
