/** The state of one part of the server, for the healthcheck and SHOW HEALTH. */
export interface Condition {
  /** The name in the healthcheck: `kafka`, `openFiles`. */
  readonly name: string;
  /** WARNING: the part works, but needs attention. FAILED: it does not work, and the server is unhealthy. */
  readonly state: 'OK' | 'WARNING' | 'FAILED';
  /** Why the state is not OK. */
  readonly reason?: string;
  /** How to get back to OK. */
  readonly hint?: string;
}

export const ok = (name: string): Condition => ({ name, state: 'OK' });
