import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** The number of characters shown of the first attempt's error message. */
const SHOWN = 300;

/** Lists each test that passed only on its second attempt, with the errors of the first. */
export class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const found = modules.flatMap((module) => [...module.children.allTests()]).filter(neededMore);
    if (found.length === 0) return;
    const lines = found.map((test) => {
      const said = (test.result().errors ?? []).map(({ message }) => message.replaceAll(/\s+/g, ' ').slice(0, SHOWN));
      return `  ${test.project.name} ${test.module.relativeModuleId} > ${test.fullName}\n    ${said.join('\n    ')}`;
    });
    console.log(`\nPassed at a second try only (${found.length}):\n${lines.join('\n')}`);
  }
}

function neededMore(test: TestCase): boolean {
  return test.diagnostic()?.flaky === true;
}
