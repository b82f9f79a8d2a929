import { signal } from '@preact/signals';
import { ClientError } from '../../../src/client/client-error.ts';
import { SluiceClient } from '../../../src/client/sluice-client.ts';
import { fetchTransportWith, type Transport } from '../../../src/client/transport.ts';
import type { Right } from '../../../src/base/rights.ts';
import type { CallerInfo } from '../../../src/wire/caller.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { ConsoleSession } from '../../../src/cli/session.ts';
import { remember, remembered, type Credentials } from './credentials.ts';

/** Whether the server requires a login and does not accept the current credentials. */
export const needsLogin = signal(false);
/** The logged-in user; undefined when the server needs no login. */
export const user = signal<string | undefined>(undefined);

/** The URL of the server: what precedes the page's own path, to which a proxy may have added a prefix. */
export const SERVER_URL = location.origin + location.pathname.replace(/\/console\/?$/, '');

// `omit` prevents the browser's own login dialog, and requests contain only the page's own credentials.
const plain = fetchTransportWith({ credentials: 'omit' });
const transport: Transport = {
  request: async (request) => {
    const answer = await plain.request(request);
    if (answer.status === 401) needsLogin.value = true;
    return answer;
  },
};

const current = connect(remembered());
/** The rights of the user; undefined: not known yet. */
const rights = signal<CallerInfo['may'] | undefined>(undefined);

/** Requests the rights of the user, once. */
export function askRights(): void {
  current.caller().then(
    ({ may: granted }) => (rights.value = granted),
    () => undefined,
  );
}

/** Whether the user has a right, at least for some names. Assumed while unknown, since the server decides. */
export function may(right: Right): boolean {
  return right === 'see' || rights.value?.[right] !== false;
}

/** The session's variables and properties, as set by SET and DEFINE, like in the terminal console. */
export const session = new ConsoleSession(current, 'table');

/** The client of the server from which this page was loaded. */
export function server(): SluiceClient {
  return current;
}

function connect(credentials: Credentials | undefined): SluiceClient {
  user.value = credentials?.user;
  return new SluiceClient({ url: SERVER_URL, transport, ...(credentials && { credentials }) });
}

/** Logs in with credentials that the server accepts. @throws ClientError when it does not accept them */
export async function login(credentials: Credentials): Promise<void> {
  const candidate = connect(credentials);
  await candidate.info();
  remember(credentials);
  // The data of the page belongs to its user, so the page is reloaded.
  location.reload();
}

export function logout(): void {
  remember(undefined);
  location.reload();
}

/** Runs one statement and returns its entity. @throws ClientError */
export async function ask(statement: string): Promise<Entity> {
  const [entity] = await current.execute(statement);
  if (entity === undefined) throw new ClientError(200, { message: `No answer to ${statement}` });
  return entity;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
