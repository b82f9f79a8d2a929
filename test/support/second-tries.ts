import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Of what the first try said, so many characters are shown. */
const SHOWN = 300;

/** Names each test that passed at its second try only, with what the first one said. */
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
