/** One step of a plan, with its input steps. */
export interface Step {
  readonly type: string;
  /** Name of the step in the plan, without the query: `Aggregate.GroupBy`. */
  readonly name: string;
  readonly schema: string;
  /** Details: a topic, a condition, the grouping columns. */
  readonly details: readonly string[];
  readonly inputs: Step[];
}

/**
 * Parses EXPLAIN's plan: one step per line, more deeply indented ones are inputs of the one above. Undefined when it is
 * not a plan.
 */
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
      name: parts.find((p) => p.startsWith('Logger: '))?.replace(/^Logger: [^.]*\.?/, '') ?? '',
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

/** Rates of a query as the server reports them. */
export interface RatesOfSteps {
  readonly writtenPerSecond: number;
  readonly topics: Readonly<Record<string, { readonly readPerSecond: number; readonly lag: number }>>;
  readonly operators: Readonly<Record<string, number>>;
}

function hasRepartition(step: Step): boolean {
  return /repartition|foreign key/.test(step.type) || step.inputs.some(hasRepartition);
}

/** The output rate of a step. */
export interface StepRate {
  readonly perSecond: number;
  /** Records waiting in the topic that it reads. */
  readonly waiting: number;
}

/**
 * The output rate of a step: for a source and a repartition, what is read from its topic; for the end of the query,
 * what is written; for an operator that filters, joins or aggregates, what it has counted; for any other, its input
 * rate.
 */
export function rateOf(step: Step, rates: RatesOfSteps): StepRate | undefined {
  if (step.type === 'sink') {
    // The rate that a query writes includes its internal topics.
    const passed = hasRepartition(step) && step.inputs[0] !== undefined ? rateOf(step.inputs[0], rates) : undefined;
    return { perSecond: passed?.perSecond ?? rates.writtenPerSecond, waiting: 0 };
  }
  const topic = step.details.find((d) => d.startsWith('Topic: '))?.slice('Topic: '.length);
  if (topic !== undefined) {
    const read = rates.topics[topic] ?? Object.entries(rates.topics).find(([name]) => name.endsWith(`-${topic}`))?.[1];
    return read && { perSecond: read.readPerSecond, waiting: read.lag };
  }
  const own = Object.entries(rates.operators).find(([name]) => name.replaceAll('/', '.') === step.name);
  if (own !== undefined) return { perSecond: own[1], waiting: 0 };
  const inputs = step.inputs.map((input) => rateOf(input, rates));
  return inputs.length === 1 && inputs[0] !== undefined ? { perSecond: inputs[0].perSecond, waiting: 0 } : undefined;
}
