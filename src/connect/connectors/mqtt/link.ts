import { readFileSync } from 'node:fs';
import type { IClientOptions, IConnackPacket, IPublishPacket, MqttClient } from 'mqtt';
import { messageOf } from '../../../base/errors.ts';
import { isTlsFailure } from '../../../tls/tls-failure.ts';
import { tlsOptions } from '../../../tls/tls-options.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { parseAddresses, type MqttAddress } from './address.ts';
import { CONNECTION } from './connection-keys.ts';

/** CONNACK codes for a refused login: 4 and 5 of MQTT 3.1.1; 134, 135, 138 and 140 of MQTT 5. */
const ACCESS: readonly number[] = [4, 5, 134, 135, 138, 140];
/** CONNACK codes of a server that may accept us later: 3; 136, 137, 151, 156, 157 and 159. */
const TRANSIENT: readonly number[] = [3, 136, 137, 151, 156, 157, 159];
/** How long MQTT 5 servers keep the session of an absent client, in seconds: for ever. */
const FOR_EVER_S = 0xffff_ffff;

/** @throws ConnectError that names the command which installs the client */
async function mqttClient(): Promise<typeof import('mqtt')> {
  try {
    const found = (await import('mqtt')) as typeof import('mqtt') & { default?: typeof import('mqtt') };
    return found.connect === undefined && found.default !== undefined ? found.default : found;
  } catch (cause) {
    throw new ConnectError('package mqtt is not installed: run npm install mqtt', { cause });
  }
}

/** Receives messages. `taken` tells that the next one may be passed on. */
export interface Inbox {
  message(topic: string, payload: Buffer, packet: IPublishPacket, taken: () => void): void;
  /** The server knows that we have a message of quality 2, and forgets it. */
  release(id: number): void;
}

export interface LinkOptions {
  readonly clientId: string;
  /** Whether the server should forget what it knows of the client. */
  readonly clean: boolean;
  readonly inbox?: Inbox | undefined;
}

/** Tells the client, which asks for a verdict, that the message is acknowledged later. */
const LATER = new Error('acknowledged later');

/**
 * One connection, which ends when it is lost. Messages of quality 1 and 2 are acknowledged by `acknowledge` when they
 * are durable; the client's hooks allow this (`customHandleAcks`, `incomingStore`, `handleMessage`).
 */
export class MqttLink {
  readonly name: string;
  readonly client: MqttClient;
  /** Whether the server has kept the client's session. */
  readonly resumed: boolean;
  #lost: RetriableError | undefined;
  readonly #onLost = new Set<() => void>();

  private constructor(name: string, client: MqttClient, connack: IConnackPacket, fault: () => unknown) {
    this.name = name;
    this.client = client;
    this.resumed = connack.sessionPresent;
    client.on('close', () => {
      const reason = fault();
      this.#lost = new RetriableError(
        `The connection to ${name} is lost${reason === undefined ? '' : `: ${messageOf(reason)}`}`,
      );
      for (const listener of this.#onLost) listener();
    });
  }

  /** @throws RetriableError, AccessRefused; SluiceError CONFIG for certificates that cannot be read */
  static async open(config: Config, options: LinkOptions): Promise<MqttLink> {
    const addresses = parseAddresses(config.get(CONNECTION.uri));
    if (typeof addresses === 'string') throw new ConnectError(addresses);
    let last: unknown;
    for (const address of addresses) {
      try {
        return await MqttLink.#connect(config, address, options);
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
        last = error;
      }
    }
    throw last;
  }

  static async #connect(config: Config, address: MqttAddress, options: LinkOptions): Promise<MqttLink> {
    const { connect } = await mqttClient();
    const client = connect(address.url, optionsOf(config, address, options));
    const { inbox } = options;
    let fault: unknown;
    client.on('error', (error) => {
      if (error !== LATER) fault = error;
    });
    client.on('disconnect', (packet) => {
      fault = new Error(`the server said goodbye (reason ${packet.reasonCode ?? 0})`);
    });
    if (inbox !== undefined) {
      // The client accepts this as an option only for MQTT 5.
      client.options.customHandleAcks = (topic, payload, packet: IPublishPacket, verdict) => {
        inbox.message(topic, payload, packet, () => {});
        verdict(LATER);
      };
      client.handleMessage = (packet, done) => {
        // Of quality 2: from the incoming store.
        if (packet.qos !== 0) return done(LATER);
        inbox.message(packet.topic, Buffer.from(packet.payload as Buffer), packet, () => done());
      };
    }
    try {
      const connack = await new Promise<IConnackPacket>((resolve, reject) => {
        client.once('connect', resolve);
        client.once('close', () => reject(fault ?? new Error('the server closed the connection')));
        client.connect();
      });
      return new MqttLink(address.url, client, connack, () => fault);
    } catch (error) {
      client.end(true);
      throw meaningOf(error, address.url);
    }
  }

  /** Why the connection is lost; undefined: it is open. */
  get lost(): RetriableError | undefined {
    return this.#lost;
  }

  /** Calls `listener` when it is lost. */
  onLost(listener: () => void): void {
    this.#onLost.add(listener);
  }

  offLost(listener: () => void): void {
    this.#onLost.delete(listener);
  }

  /** PUBACK for quality 1, PUBREC for quality 2, PUBCOMP for a release (MQTT 3.1.1, 3.4 to 3.7): four bytes. */
  acknowledge(kind: 'puback' | 'pubrec' | 'pubcomp', id: number): void {
    if (this.#lost !== undefined) return;
    const type = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 }[kind];
    this.client.stream.write(Buffer.from([type, 2, id >> 8, id & 0xff]));
  }

  /** Disconnects regularly, so that no will is sent. */
  async close(): Promise<void> {
    await this.client.endAsync(this.#lost !== undefined).catch(() => {});
  }
}

function optionsOf(config: Config, address: MqttAddress, { clientId, clean, inbox }: LinkOptions): IClientOptions {
  const user = config.get(CONNECTION.username) ?? address.user;
  const password = config.get(CONNECTION.password) ?? address.password;
  const willTopic = config.get(CONNECTION.willTopic);
  const isFive = config.get(CONNECTION.version) === '5';
  const tls = address.secure
    ? tlsOptions({ get: (name) => config.passed(name), readFile: (path) => readFileSync(path) })
    : {};
  return {
    ...(tls as IClientOptions),
    // Over WebSocket, the client itself passes on only some of these settings, not the names nor the TLS versions.
    ...(address.url.startsWith('wss:') && { wsOptions: tls as NonNullable<IClientOptions['wsOptions']> }),
    clientId,
    clean,
    protocolVersion: isFive ? 5 : 4,
    ...(isFive && { properties: { sessionExpiryInterval: clean ? 0 : FOR_EVER_S } }),
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    keepalive: config.get(CONNECTION.keepAliveS),
    connectTimeout: config.get(CONNECTION.connectTimeoutS) * 1000,
    // The task makes connections, and reports while it waits.
    manualConnect: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(willTopic !== undefined && {
      will: {
        topic: willTopic,
        payload: Buffer.from(config.get(CONNECTION.willPayload)),
        qos: config.get(CONNECTION.willQos) as 0 | 1 | 2,
        retain: config.get(CONNECTION.willRetain),
      },
    }),
    ...(inbox !== undefined && inboxOptions(inbox)),
  };
}

/** The client passes a message of quality 2 on when it is released, and keeps it until then; we have it already. */
function inboxOptions(inbox: Inbox): IClientOptions {
  const store = {
    put: (_packet: unknown, done: (error?: Error) => void) => (done(), store),
    del: (_packet: unknown, done: (error?: Error) => void) => (done(), store),
    // The client requests the message that a PUBREL releases, to pass it on with quality 2.
    get: ({ messageId }: { messageId?: number }, done: (error: Error | undefined, packet: unknown) => void) => {
      inbox.release(messageId ?? 0);
      done(undefined, { cmd: 'publish', topic: '', payload: Buffer.alloc(0), qos: 2, messageId });
      return store;
    },
    close: (done: (error?: Error) => void) => done(),
    createStream: () => {
      throw new Error('nothing is read from it');
    },
  };
  return { incomingStore: store as unknown as NonNullable<IClientOptions['incomingStore']> };
}

function meaningOf(error: unknown, name: string): Error {
  if (error instanceof ConnectError) return error;
  const { code } = error as { code?: unknown };
  const message = messageOf(error) || String(code);
  if (typeof code === 'number' && ACCESS.includes(code)) return new AccessRefused(name, message, { cause: error });
  if ((typeof code === 'number' && code > 0 && !TRANSIENT.includes(code)) || isTlsFailure(error))
    return new ConnectError(`Cannot connect to ${name}: ${message}`, { cause: error });
  return new RetriableError(`Cannot reach ${name}: ${message}`, { cause: error });
}
