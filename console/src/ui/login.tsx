import { useState } from 'preact/hooks';
import { login, messageOf } from '../server/server.ts';
import { Icon } from './icon.tsx';

export function Login() {
  const [problem, setProblem] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    login({ user: String(form.get('user')), password: String(form.get('password')) }).catch((error: unknown) =>
      setProblem(messageOf(error) === 'Unauthorized' ? 'The user or the password is wrong.' : messageOf(error)),
    );
  };
  return (
    <main class="login">
      <form class="card" onSubmit={submit} method="dialog">
        <h1>
          <Icon name="brand" /> Sluice
        </h1>
        <label>
          User
          <input name="user" autocomplete="username" required autofocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {problem === '' ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary">
          Log in
        </button>
      </form>
    </main>
  );
}
