export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const KEY = 'sluice.credentials';

/** The credentials of the user who has logged in in this browser tab. */
export function remembered(): Credentials | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Credentials | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores credentials for the lifetime of the tab; another tab has to log in again. Undefined deletes them. */
export function remember(credentials: Credentials | undefined): void {
  if (credentials === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(credentials));
}
