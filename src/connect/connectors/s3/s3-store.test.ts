import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { testEnv } from '../../../../test/support/env.ts';
import { Config } from '../../api/config-spec.ts';
import { Refused, S3Store } from './s3-store.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<{ readonly host: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers['x-amz-security-token'])}`);
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function storeAt(host: string): S3Store {
  const settings = {
    'store.url': `http://${host}`,
    's3.region': 'us-east-1',
    'aws.access.key.id': 'me',
    'aws.secret.access.key': 'secret',
    'aws.session.token': 'session',
  };
  return new S3Store(Config.of(settings), 'b', testEnv());
}

/** What a call rejects with. */
async function refusal(work: Promise<unknown>): Promise<Refused> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refused);
  return error as Refused;
}

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('%i is an error: the credentials go to no other host', async (status) => {
    const other = await serve((_, response) => void response.end('<ListBucketResult></ListBucketResult>'));
    const first = await serve(
      (_, response) => void response.writeHead(status, { location: `http://${other.host}/b?x=1` }).end(),
    );
    const store = storeAt(first.host);
    const works = [
      () => store.put('k', Buffer.from('v'), { contentType: 'text/plain', labels: {} }),
      () => store.page('', 1),
      () => store.labelsOf('k'),
      () => store.read('k').next(),
      () => store.beginParts('k', { contentType: 'text/plain', labels: {} }),
    ];
    for (const work of works) {
      const { message } = await refusal(work());
      expect(message).toContain(`HTTP ${status}`);
      expect(message).toContain(`redirects to ${other.host}`);
      expect(message).toContain('s3.region or store.url is wrong');
    }
    expect(first.asked).toHaveLength(works.length);
    expect(first.asked[0]).toContain('session');
    expect(other.asked).toEqual([]);
  });

  test("names the endpoint and the region that AWS's answer has", async () => {
    const first = await serve(
      (_, response) =>
        void response
          .writeHead(301, { 'x-amz-bucket-region': 'eu-central-1' })
          .end(
            '<?xml version="1.0"?><Error><Code>PermanentRedirect</Code><Message>Use it.</Message><Endpoint>b.s3.eu-central-1.amazonaws.com</Endpoint></Error>',
          ),
    );
    const error = await refusal(storeAt(first.host).page('', 1));
    expect(error.message).toContain('HTTP 301 PermanentRedirect');
    expect(error.message).toContain('The bucket is in eu-central-1: s3.region=eu-central-1');
    expect(error.message).toContain('The endpoint of the bucket is b.s3.eu-central-1.amazonaws.com');
    expect([error.status, error.code]).toEqual([301, 'PermanentRedirect']);
  });
});
