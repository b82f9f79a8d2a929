import type { Reporter, TestModule } from 'vitest/node';

/** The number of files in the list. */
const NAMED = 15;

/** Lists the slowest test files at the end of a run, to show where the time goes. */
export class LongestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((module) => {
      const { duration, setupDuration, collectDuration } = module.diagnostic();
      const seconds = Math.round((duration + setupDuration + collectDuration) / 1000);
      return { name: `${module.project.name} ${module.relativeModuleId}`, seconds };
    });
    const longest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, NAMED);
    console.log(
      `\nLongest files (s):\n${longest.map((f) => `${String(f.seconds).padStart(5)}  ${f.name}`).join('\n')}`,
    );
  }
}
