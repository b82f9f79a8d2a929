export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const KEY = 'sluice.credentials';

/** Of who has logged in in this tab of the browser. */
export function remembered(): Credentials | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Credentials | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** As long as the tab: another tab, or the next day, asks again. Undefined forgets them. */
export function remember(credentials: Credentials | undefined): void {
  if (credentials === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(credentials));
}
