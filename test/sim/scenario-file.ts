import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SOURCE_NAMES } from '../differential/inputs.ts';
import { SHAPES } from '../differential/shapes.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios that failed before, each in a file that is named after the fault that it found. */
export const REGRESSIONS = path.join(import.meta.dirname, 'regressions');

/** Faults that scenarios of earlier versions did not have. */
const LATER_FAULTS = { strangerMs: 0, coordinatorFault: 0, connectFault: 0, commitMs: 0 };

/** A scenario as JSON; shapes are stored by name. */
export function scenarioText(scenario: Scenario): string {
  return `${JSON.stringify({ ...scenario, shapes: scenario.shapes.map((shape) => shape.name) }, null, 2)}\n`;
}

/** @throws when it names a shape that no longer exists */
export function scenarioFrom(text: string): Scenario {
  const read = JSON.parse(text) as Omit<Scenario, 'shapes' | 'sources'> & {
    readonly sources?: Scenario['sources'];
    readonly shapes: readonly string[];
  };
  const shapes = read.shapes.map((name) => {
    const shape = SHAPES.find((s) => s.name === name);
    if (shape === undefined) throw new Error(`There is no shape called ${name}`);
    return shape;
  });
  // Scenarios of earlier versions had all sources.
  return { ...read, luck: { ...LATER_FAULTS, ...read.luck }, sources: read.sources ?? SOURCE_NAMES, shapes };
}

/** The scenarios in a folder with the names of their files, sorted. */
export function regressions(folder = REGRESSIONS): readonly { readonly name: string; readonly scenario: Scenario }[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted();
  return files.map((file) => ({
    name: path.basename(file, '.json'),
    scenario: scenarioFrom(readFileSync(path.join(folder, file), 'utf8')),
  }));
}
