import type { Profiler } from 'node:inspector';

/**
 * The part of the record path to which a source file belongs, ours or a library's; '' when its caller determines the
 * part.
 */
function partOf(url: string): string {
  if (/node_modules|node:net|node:tls|node:internal\/stream|log\/(kafka|embedded)\//.test(url)) return 'protocol';
  if (/formats\/.*(encod|writer|render|write\.)|byte-writer/.test(url)) return 'encode';
  if (/formats\/|topic-codec|operators\/source/.test(url)) return 'decode';
  if (/log\/record-batch|output\.[jt]s|partitioner/.test(url)) return 'batches';
  if (/\/state\//.test(url)) return 'state';
  if (/(src|dist)\/(dataflow|expr|functions|types)\//.test(url)) return 'operators';
  return url === '' || url.startsWith('node:') ? '' : 'other';
}

/**
 * The distribution of CPU time by part, as shares of all samples that were not idle. Native and generated frames count
 * for the nearest caller with a file.
 */
export function sharesOf({ nodes }: Profiler.Profile): Record<string, number> {
  const parents = new Map<number, Profiler.ProfileNode>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const samples: Record<string, number> = {};
  let total = 0;
  for (const node of nodes) {
    const { functionName } = node.callFrame;
    if (functionName === '(idle)' || functionName === '(program)' || (node.hitCount ?? 0) === 0) continue;
    let part = functionName === '(garbage collector)' ? 'gc' : partOf(node.callFrame.url);
    for (let up = parents.get(node.id); part === '' && up !== undefined; up = parents.get(up.id)) {
      part = partOf(up.callFrame.url);
    }
    part ||= 'other';
    samples[part] = (samples[part] ?? 0) + node.hitCount!;
    total += node.hitCount!;
  }
  const sorted = Object.entries(samples).sort(([, a], [, b]) => b - a);
  return Object.fromEntries(sorted.map(([part, n]) => [part, Math.round((n / total) * 100) / 100]));
}

/** The most expensive functions, one per line. */
export function topFunctions({ nodes }: Profiler.Profile, count: number): string[] {
  const total = nodes.reduce((sum, n) => sum + (n.callFrame.functionName === '(idle)' ? 0 : (n.hitCount ?? 0)), 0);
  const byFunction = new Map<string, number>();
  for (const { callFrame, hitCount } of nodes) {
    if (callFrame.functionName === '(idle)') continue;
    const file = callFrame.url.split(/\/(?:src|dist)\//)[1] ?? callFrame.url.split('node_modules/')[1] ?? callFrame.url;
    const name = `${callFrame.functionName} ${file}:${callFrame.lineNumber + 1}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + (hitCount ?? 0));
  }
  return [...byFunction]
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([name, n]) => `${((n / total) * 100).toFixed(1).padStart(6)} %  ${name}`);
}
