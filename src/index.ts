/**
 * Public door 1: a whole database inside your process.
 *
 *     import { startSluice } from 'sluice';
 *     import { SluiceClient } from 'sluice/client';
 *
 *     const sluice = await startSluice({ properties: { 'data.dir': 'data', listeners: 'http://127.0.0.1:0' } });
 *     const client = new SluiceClient({ url: sluice.url });
 *     await client.execute('SHOW STREAMS;');
 *     await sluice.close();
 *
 * Properties are those of docs/reference/configuration.md. Statements go through the REST API, in this process as from
 * elsewhere.
 */
export { startSluice, type Sluice, type StartOptions } from './main/compose.ts';
export { isSluiceError, SluiceError, type ErrorCode } from './base/errors.ts';
/** What a module with functions of your own exports: docs/guide/functions.md. */
export type { FunctionDefinition } from './functions/api.ts';
/** For `new SluiceClient({ transport })` in Node: requests over HTTP/2, streams of inserts among them. */
export { Http2Transport } from './host/http2-transport.ts';
export { VERSION } from './main/version.ts';
