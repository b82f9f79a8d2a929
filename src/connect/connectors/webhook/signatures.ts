import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Delivery } from '../../api/delivery.ts';

/** The settings for verifying signatures. */
export interface SigningSettings {
  /** A signature with any of them is accepted. */
  readonly secrets: readonly string[];
  /** The largest difference between a signed time and ours, in ms. */
  readonly toleranceMs: number;
  /** Wall clock, in ms. */
  readonly nowMs: number;
  /** For `hmac` only, like the following members. */
  readonly header: string;
  readonly prefix: string;
  readonly algorithm: string;
  readonly encoding: 'hex' | 'base64';
}

interface Scheme {
  /** Why the signature is rejected; undefined: it is valid. */
  readonly refusal: (delivery: Delivery, settings: SigningSettings) => string | undefined;
  /** Where the id of a delivery is. */
  readonly id: { readonly header: string } | { readonly member: string };
}

/** Signature schemes of senders, by the name of their inventor. */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  // docs.github.com, "Validating webhook deliveries".
  github: {
    refusal: ({ headers, body }, s) =>
      matches(headers, 'x-hub-signature-256', 'sha256=', s.secrets, (secret) => hmac('sha256', secret, [body]), 'hex'),
    id: { header: 'x-github-delivery' },
  },
  // docs.stripe.com, "Verify webhook signatures manually": t is in seconds; there may be several v1.
  stripe: {
    refusal: ({ headers, body }, settings) => {
      const given = headers['stripe-signature'];
      if (given === undefined) return missing('stripe-signature');
      const parts = given.split(',').map((part) => part.trim().split('='));
      const time = parts.find(([name]) => name === 't')?.[1];
      const signatures = parts.filter(([name]) => name === 'v1').map(([, value]) => value ?? '');
      return (
        tooOld(time, settings) ??
        (anyEqual(signatures, settings.secrets, (secret) => hmac('sha256', secret, [`${time}.`, body]), 'hex')
          ? undefined
          : WRONG)
      );
    },
    id: { member: 'id' },
  },
  // api.slack.com, "Verifying requests from Slack".
  slack: {
    refusal: ({ headers, body }, s) => {
      const time = headers['x-slack-request-timestamp'];
      return (
        tooOld(time, s) ??
        matches(headers, 'x-slack-signature', 'v0=', s.secrets, (k) => hmac('sha256', k, [`v0:${time}:`, body]), 'hex')
      );
    },
    id: { member: 'event_id' },
  },
  // shopify.dev, "Verify a webhook".
  shopify: {
    refusal: ({ headers, body }, s) =>
      matches(headers, 'x-shopify-hmac-sha256', '', s.secrets, (secret) => hmac('sha256', secret, [body]), 'base64'),
    id: { header: 'x-shopify-webhook-id' },
  },
  // github.com/standard-webhooks/standard-webhooks: several signatures separated by spaces; the secret is base64.
  standard: {
    refusal: ({ headers, body }, settings) => {
      const [id, time, given] = [headers['webhook-id'], headers['webhook-timestamp'], headers['webhook-signature']];
      if (id === undefined) return missing('webhook-id');
      if (given === undefined) return missing('webhook-signature');
      const signatures = given.split(' ').flatMap((part) => (part.startsWith('v1,') ? [part.slice(3)] : []));
      const sign = (secret: string): Buffer =>
        hmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'), [`${id}.${time}.`, body]);
      return tooOld(time, settings) ?? (anyEqual(signatures, settings.secrets, sign, 'base64') ? undefined : WRONG);
    },
    id: { header: 'webhook-id' },
  },
  hmac: {
    refusal: ({ headers, body }, s) =>
      matches(headers, s.header.toLowerCase(), s.prefix, s.secrets, (k) => hmac(s.algorithm, k, [body]), s.encoding),
    id: { header: 'idempotency-key' },
  },
};

const WRONG = 'the signature is not that of this body and our secret';
const missing = (header: string): string => `header ${header} is missing`;

function hmac(algorithm: string, secret: string | Buffer, parts: readonly (string | Uint8Array)[]): Buffer {
  const made = createHmac(algorithm, secret);
  for (const part of parts) made.update(part);
  return made.digest();
}

function matches(
  headers: Delivery['headers'],
  header: string,
  prefix: string,
  secrets: readonly string[],
  sign: (secret: string) => Buffer,
  encoding: 'hex' | 'base64',
): string | undefined {
  const given = headers[header];
  if (given === undefined) return missing(header);
  if (!given.startsWith(prefix)) return `header ${header} does not begin with ${prefix}`;
  return anyEqual([given.slice(prefix.length).trim()], secrets, sign, encoding) ? undefined : WRONG;
}

function anyEqual(
  signatures: readonly string[],
  secrets: readonly string[],
  sign: (secret: string) => Buffer,
  encoding: 'hex' | 'base64',
): boolean {
  const own = secrets.map(sign);
  return signatures.some((signature) => {
    const given = Buffer.from(signature, encoding);
    return own.some((expected) => given.length === expected.length && timingSafeEqual(given, expected));
  });
}

/** Why a time in seconds is not accepted; undefined: it is. */
function tooOld(text: string | undefined, { nowMs, toleranceMs }: SigningSettings): string | undefined {
  if (text === undefined || !/^\d{1,12}$/.test(text)) return 'the time that is signed is missing';
  return Math.abs(nowMs - Number(text) * 1000) > toleranceMs
    ? 'the time that is signed is too far from ours: what was signed then is not taken any more'
    : undefined;
}
