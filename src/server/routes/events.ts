import type { HttpContext } from '../http-context.ts';

/** Interval of comments, in ms, so that intermediaries do not consider a quiet connection dead. */
const IDLE_MS = 15_000;

/**
 * GET /events: server-sent events (wire/events.ts). A slow client gets only the last event of each kind: none is
 * written while another is being sent.
 */
export async function events(http: HttpContext): Promise<void> {
  http.head(200, 'text/event-stream; charset=utf-8', { 'cache-control': 'no-cache' });
  const { env } = http.app.engine.services;
  const waiting = new Map<string, string>();
  let wake: () => void = () => undefined;
  const unsubscribe = http.app.engine.watch.subscribe(({ event, json }) => {
    waiting.set(event, json);
    wake();
  });
  http.onClose(() => {
    unsubscribe();
    wake();
  });
  await http.write(': welcome\n\n');
  while (!http.closed && !http.app.engine.closed) {
    const pieces = [...waiting].map(([event, json]) => `event: ${event}\ndata: ${json}\n\n`);
    waiting.clear();
    if (pieces.length > 0) await http.write(pieces.join(''));
    if (waiting.size > 0) continue;
    const isQuiet = await new Promise<boolean>((resolve) => {
      const cancel = env.timers.after(IDLE_MS, () => resolve(true));
      wake = () => {
        cancel();
        resolve(false);
      };
    });
    // Thousands of pages may hear of the same event: others have their turn between them.
    await env.timers.turn();
    if (isQuiet && !http.closed) await http.write(': quiet\n\n');
  }
  unsubscribe();
  http.end();
}
