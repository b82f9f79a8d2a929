import { signal } from '@preact/signals';
import { ClientError } from '../../../src/client/client-error.ts';
import { SluiceClient } from '../../../src/client/sluice-client.ts';
import { fetchTransportWith, type Transport } from '../../../src/client/transport.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { ConsoleSession } from '../../../src/cli/session.ts';

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Whether the server asks for a user, and has none that it knows. */
export const needsLogin = signal(false);
/** The logged-in user; undefined where the server needs no login. */
export const user = signal<string | undefined>(undefined);

/** Where the server is: what is in front of the page's own path, which a proxy may have made longer. */
export const SERVER_URL = location.origin + location.pathname.replace(/\/console\/?$/, '');

const KEY = 'sluice.credentials';

// `omit`: the browser's own dialog stays away, and a page asks for what it may ask for alone.
const plain = fetchTransportWith({ credentials: 'omit' });
const transport: Transport = {
  request: async (request) => {
    const answer = await plain.request(request);
    if (answer.status === 401) needsLogin.value = true;
    return answer;
  },
};

let current = connect(remembered());
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
  current = candidate;
  session.client = candidate;
  // As long as the tab: another tab, or the next day, asks again.
  sessionStorage.setItem(KEY, JSON.stringify(credentials));
  needsLogin.value = false;
}

export function logout(): void {
  sessionStorage.removeItem(KEY);
  location.reload();
}

function remembered(): Credentials | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Credentials | null) ?? undefined;
  } catch {
    return undefined;
  }
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
