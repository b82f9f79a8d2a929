/** How often something was started here, and with which result. */
export class Startups {
  attempts = 0;
  successes = 0;
  failures = 0;

  /** Starts an attempt, whose result is reported once. */
  begin(): { succeeded(): void; failed(): void } {
    this.attempts++;
    let isOver = false;
    const end = (of: 'successes' | 'failures'): void => {
      if (isOver) return;
      isOver = true;
      this[of]++;
    };
    return { succeeded: () => end('successes'), failed: () => end('failures') };
  }
}
