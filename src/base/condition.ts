/** How one part of the server does, for the healthcheck and SHOW HEALTH. */
export interface Condition {
  /** `kafka`, `openFiles`: as the healthcheck names it. */
  readonly name: string;
  /** WARNING: it works, and somebody should know. FAILED: it does not, and the server is unhealthy. */
  readonly state: 'OK' | 'WARNING' | 'FAILED';
  /** Why it is not OK. */
  readonly reason?: string;
  /** The way back. */
  readonly hint?: string;
}

export const ok = (name: string): Condition => ({ name, state: 'OK' });
