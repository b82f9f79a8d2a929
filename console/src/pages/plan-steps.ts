/** One step of a plan, over those that feed it. */
export interface Step {
  readonly type: string;
  readonly schema: string;
  /** What it does beside: a topic, a condition, what it groups by. */
  readonly details: readonly string[];
  readonly inputs: Step[];
}

/** Reads EXPLAIN's plan: a step a line, deeper ones feed the one above. Undefined where it is something else. */
export function stepsOf(text: string): Step | undefined {
  const open: { readonly indent: number; readonly step: Step }[] = [];
  let root: Step | undefined;
  for (const line of text.split('\n')) {
    const match = /^(\s*)> \[ ([A-Z_]+) \] \|(.*)$/.exec(line);
    if (match === null) {
      if (line.trim() !== '') return undefined;
      continue;
    }
    const parts = match[3]!.split(' | ').map((p) => p.trim());
    const step: Step = {
      type: match[2]!.toLowerCase().replaceAll('_', ' '),
      schema: parts.find((p) => p.startsWith('Schema: '))?.slice(8) ?? '',
      details: parts.filter((p) => !/^(?:Schema|Logger): /.test(p) && !/: ?$/.test(p) && p !== ''),
      inputs: [],
    };
    const indent = match[1]!.length;
    while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop();
    const above = open.at(-1)?.step;
    if (above === undefined) {
      if (root !== undefined) return undefined;
      root = step;
    } else above.inputs.push(step);
    open.push({ indent, step });
  }
  return root;
}

/** What a step reads, by the rates of topics: a source its topic, a repartition the topic between. */
export function rateOf<T>(step: Step, rates: Readonly<Record<string, T>>): T | undefined {
  if (step.type === 'sink') return undefined;
  const topic = step.details.find((d) => d.startsWith('Topic: '))?.slice('Topic: '.length);
  if (topic === undefined) return undefined;
  return rates[topic] ?? Object.entries(rates).find(([name]) => name.endsWith(`-${topic}`))?.[1];
}
