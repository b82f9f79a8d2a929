import type { Reporter, TestCase, TestModule } from 'vitest/node';

const EVERY_MS = 60_000;
/** Tests that take longer than this, in ms, are named. */
const LONG_MS = 120_000;

/**
 * Names tests that have been running for long, so that the output of a run that exceeds its time limit shows what it
 * waited for.
 */
export class StillRunning implements Reporter {
  readonly #began = new Map<TestCase | TestModule, number>();
  #timer: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#timer = setInterval(() => this.#say(), EVERY_MS).unref();
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }

  // A module that has ended its tests may still wait for its afterAll hooks.
  onTestModuleStart(module: TestModule): void {
    this.#began.set(module, performance.now());
  }

  onTestModuleEnd(module: TestModule): void {
    this.#began.delete(module);
  }

  onTestCaseReady(test: TestCase): void {
    this.#began.set(test, performance.now());
  }

  onTestCaseResult(test: TestCase): void {
    this.#began.delete(test);
  }

  #say(): void {
    const now = performance.now();
    for (const [what, began] of this.#began) {
      if (now - began < LONG_MS) continue;
      const seconds = Math.round((now - began) / 1000);
      if (what.type === 'test')
        console.log(`still running for ${seconds} s: ${what.module.relativeModuleId} > ${what.fullName}`);
      else if (!this.#hasTest(what)) console.log(`in a hook, ${seconds} s after its start: ${what.relativeModuleId}`);
    }
  }

  #hasTest(module: TestModule): boolean {
    return [...this.#began.keys()].some((what) => what.type === 'test' && what.module.moduleId === module.moduleId);
  }
}
