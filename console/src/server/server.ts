import { signal } from '@preact/signals';
import { ClientError } from '../../../src/client/client-error.ts';
import { SluiceClient } from '../../../src/client/sluice-client.ts';
import { fetchTransportWith, type Transport } from '../../../src/client/transport.ts';
import type { Right } from '../../../src/base/rights.ts';
import type { CallerInfo } from '../../../src/wire/caller.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { ConsoleSession } from '../../../src/cli/session.ts';
import { remember, remembered, type Credentials } from './credentials.ts';

/** Whether the server asks for a user, and has none that it knows. */
export const needsLogin = signal(false);
/** The logged-in user; undefined where the server needs no login. */
export const user = signal<string | undefined>(undefined);

/** Where the server is: what is in front of the page's own path, which a proxy may have made longer. */
export const SERVER_URL = location.origin + location.pathname.replace(/\/console\/?$/, '');

// `omit`: the browser's own dialog stays away, and a page asks for what it may ask for alone.
const plain = fetchTransportWith({ credentials: 'omit' });
const transport: Transport = {
  request: async (request) => {
    const answer = await plain.request(request);
    if (answer.status === 401) needsLogin.value = true;
    return answer;
  },
};

const current = connect(remembered());
/** What the user may do; undefined: not known yet. */
const rights = signal<CallerInfo['may'] | undefined>(undefined);

/** Asks what the user may do, once. */
export function askRights(): void {
  current.caller().then(
    ({ may: granted }) => (rights.value = granted),
    () => undefined,
  );
}

/** Whether the user has a right over some things at least. While it is not known it is assumed: the server decides. */
export function may(right: Right): boolean {
  return right === 'see' || rights.value?.[right] !== false;
}

/** What SET and DEFINE have made of this page, as in the terminal's console. */
export const session = new ConsoleSession(current, 'table');

/** The server that this page came from. */
export function server(): SluiceClient {
  return current;
}

function connect(credentials: Credentials | undefined): SluiceClient {
  user.value = credentials?.user;
  return new SluiceClient({ url: SERVER_URL, transport, ...(credentials && { credentials }) });
}

/** Takes a user if the server does. @throws ClientError where it does not */
export async function login(credentials: Credentials): Promise<void> {
  const candidate = connect(credentials);
  await candidate.info();
  remember(credentials);
  // What the page keeps is its user's: it is begun anew.
  location.reload();
}

export function logout(): void {
  remember(undefined);
  location.reload();
}

/** Runs one statement and gives its entity. @throws ClientError */
export async function ask(statement: string): Promise<Entity> {
  const [entity] = await current.execute(statement);
  if (entity === undefined) throw new ClientError(200, { message: `No answer to ${statement}` });
  return entity;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
