import { isIPv6, SocketAddress, type Socket } from 'node:net';

/** A request that began; an upgrade has no response. */
export interface Exchange {
  /** Whether all of the request was received. */
  readonly request: { readonly complete: boolean };
  readonly response?: { readonly headersSent: boolean };
}

/** One accepted connection. */
export interface Place {
  readonly socket: Socket;
  /** Its remote address and port: a TLS connection has two sockets, but only one of these. */
  readonly end: string;
  readonly client: Client;
  readonly exchanges: Set<Exchange>;
}

/** Whoever connects from one address. */
interface Client {
  readonly name: string;
  readonly places: Set<Place>;
  /** Those without a request; the one that has waited longest comes first. */
  readonly idle: Set<Place>;
}

export interface PlacesOptions {
  /** The most connections at once. */
  readonly max: number;
  /** The most connections at once of one client. */
  readonly maxPerClient: number;
}

/** `busy`: there is no place, since as many are in use as the listener, or with `client` that client, may have. */
export type Taking = 'taken' | 'gone' | { readonly busy: true; readonly client?: string };

/**
 * The connections that a listener holds. A client at its limit, and a listener at its own, give up the connection that
 * has waited longest without a request, as nginx does when its connections run out; otherwise the oldest one whose
 * request is not yet complete and not yet being answered. So connections that do nothing, or send slowly, keep nobody
 * out. Only where the server is at work for each of them is the new one refused.
 */
export class Places {
  readonly #max: number;
  readonly #maxPerClient: number;
  readonly #places = new Map<string, Place>();
  readonly #clients = new Map<string, Client>();
  /** Of all clients, ordered like `Client.idle`. */
  readonly #idle = new Set<Place>();

  constructor({ max, maxPerClient }: PlacesOptions) {
    this.#max = max;
    this.#maxPerClient = maxPerClient;
  }

  /**
   * For a connection that was just accepted; its place is free again when it is closed.
   * If there is none, nothing was changed.
   */
  take(socket: Socket): Taking {
    const end = endOf(socket);
    if (end === undefined || socket.remoteAddress === undefined) return 'gone';
    const name = clientNameOf(socket.remoteAddress);
    const known = this.#clients.get(name);
    const isAtLimit = known !== undefined && known.places.size >= this.#maxPerClient;
    const isFull = this.#places.size >= this.#max;
    if (isAtLimit || isFull) {
      const [idle] = isAtLimit ? known.idle : this.#idle;
      const oldest = idle ?? firstUnfinished(isAtLimit ? known.places : this.#places.values());
      if (oldest === undefined) return isAtLimit ? { busy: true, client: name } : { busy: true };
      this.#free(oldest);
      oldest.socket.destroy();
    }
    // Read again, since a client is forgotten with its last connection.
    const client = this.#clients.get(name) ?? { name, places: new Set(), idle: new Set() };
    this.#clients.set(name, client);
    const place: Place = { socket, end, client, exchanges: new Set() };
    this.#places.set(end, place);
    client.places.add(place);
    this.#wait(place);
    socket.once('close', () => this.#free(place));
    return 'taken';
  }

  /** The place of a connection, by either of its sockets; undefined when it was closed. */
  of(socket: Socket): Place | undefined {
    const end = endOf(socket);
    return end === undefined ? undefined : this.#places.get(end);
  }

  /** A request begins. @returns to be called when it has ended */
  begin(place: Place, exchange: Exchange): () => void {
    place.exchanges.add(exchange);
    place.client.idle.delete(place);
    this.#idle.delete(place);
    return () => {
      place.exchanges.delete(exchange);
      if (place.exchanges.size === 0 && this.#places.get(place.end) === place) this.#wait(place);
    };
  }

  #wait(place: Place): void {
    place.client.idle.add(place);
    this.#idle.add(place);
  }

  #free(place: Place): void {
    if (this.#places.get(place.end) !== place) return;
    this.#places.delete(place.end);
    this.#idle.delete(place);
    const { client } = place;
    client.idle.delete(place);
    client.places.delete(place);
    if (client.places.size === 0) this.#clients.delete(client.name);
  }
}

function firstUnfinished(places: Iterable<Place>): Place | undefined {
  for (const place of places) if ([...place.exchanges].every(isUnfinished)) return place;
  return undefined;
}

function isUnfinished({ request, response }: Exchange): boolean {
  return !request.complete && response?.headersSent !== true;
}

function endOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

/**
 * Which addresses are one client: this machine under all of its loopback addresses; a network of 64 bits in IPv6, in
 * which one machine has as many addresses as it likes (RFC 4291 section 2.5.4); otherwise the address.
 * @param address the text that Node gives, also of an IPv4 address within IPv6, as on a listener on `::`
 */
export function clientNameOf(address: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (plain === '::1' || plain.startsWith('127.')) return 'this machine';
  if (!isIPv6(plain)) return plain;
  const withoutZone = plain.replace(/%.*$/, '');
  const { address: shortest } = new SocketAddress({ family: 'ipv6', address: withoutZone });
  const [head = '', tail] = shortest.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
