import { useEffect, useState } from 'preact/hooks';
import type { Right } from '../../../src/base/rights.ts';
import { may, messageOf } from '../server/server.ts';
import { Icon } from './icon.tsx';
import { clockText } from './time.tsx';

/** A button for an operation that takes some time, one at a time; an error and its remedy are shown next to it. */
export function Action({
  label,
  run,
  icon,
  primary,
  danger,
  needs,
  done,
  about,
}: {
  readonly label: string;
  readonly run: () => Promise<unknown> | void;
  readonly icon?: Parameters<typeof Icon>[0]['name'];
  readonly primary?: boolean;
  readonly danger?: boolean;
  /** The right that is needed: users without it see this, and the button is disabled. */
  readonly needs?: Right;
  /** The message on completion, if nothing else shows it. */
  readonly done?: string;
  /** The subject of an error, which is shown as long as the subject is the same. */
  readonly about?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [message, setMessage] = useState('');
  useEffect(() => setProblem(''), [about]);
  const isAllowed = needs === undefined || may(needs);
  const start = (): void => {
    setBusy(true);
    setProblem('');
    setMessage('');
    Promise.resolve(run())
      .then(() => done !== undefined && setMessage(`${done} ${clockText(Date.now())}`))
      .catch((error: unknown) => setProblem(withHint(error)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      {problem === '' ? null : (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
      {message === '' ? null : (
        <span class="dim" role="status">
          {message}
        </span>
      )}
      <button
        type="button"
        class={primary ? 'primary' : danger ? 'danger' : ''}
        disabled={busy || !isAllowed}
        title={isAllowed ? undefined : `Your roles do not grant it: it needs ${needs}.`}
        onClick={start}
      >
        {icon === undefined ? null : <Icon name={icon} />} {label}
      </button>
    </>
  );
}

/** The error message, with the server's hint if it has one. */
function withHint(error: unknown): string {
  const hint = (error as { readonly hint?: unknown }).hint;
  return typeof hint === 'string' ? `${messageOf(error)} ${hint}` : messageOf(error);
}
