import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientNameOf, Places } from './places.ts';

let ports = 0;
/** A socket as it is accepted; only addresses other than this machine's cannot be had on every machine. */
function from(remoteAddress: string): Socket {
  const socket = Object.assign(new EventEmitter(), { remoteAddress, remotePort: ++ports, destroyed: false });
  return Object.assign(socket, { destroy: () => (socket.destroyed = true) }) as unknown as Socket;
}

const BUSY = { request: { complete: true }, response: { headersSent: false } };

test.each([
  ['127.0.0.1', 'this machine'],
  ['127.8.9.1', 'this machine'],
  ['::1', 'this machine'],
  ['::ffff:127.0.0.1', 'this machine'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
])('the client of %s is %s', (address, name) => {
  expect(clientNameOf(address)).toBe(name);
});

test('one client has its part of the places, and another always finds one', () => {
  const places = new Places({ max: 10, maxPerClient: 5 });
  const results = Array.from({ length: 20 }, () => {
    const socket = from('192.0.2.7');
    const taking = places.take(socket);
    const place = places.of(socket);
    if (place !== undefined) places.begin(place, BUSY);
    return taking;
  });
  expect(results.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'taken'));
  expect(results.slice(5)).toEqual(Array.from({ length: 15 }, () => ({ busy: true, client: '192.0.2.7' })));
  expect(places.take(from('192.0.2.8'))).toBe('taken');
});

test('many clients share the places of a listener: who does nothing makes way', () => {
  const places = new Places({ max: 3, maxPerClient: 2 });
  const sockets = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(from);
  const ends = sockets.map((socket) => {
    expect(places.take(socket)).toBe('taken');
    return places.begin(places.of(socket)!, BUSY);
  });
  expect(places.take(from('192.0.2.4'))).toEqual({ busy: true });
  ends[1]?.();
  expect(places.take(from('192.0.2.4'))).toBe('taken');
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, false]);
  // The end of a request whose connection was given up changes nothing, and neither does its close.
  sockets[1]?.emit('close');
  const next = from('192.0.2.5');
  expect(places.take(next)).toBe('taken');
  expect(places.take(from('192.0.2.6'))).toBe('taken');
  expect(next.destroyed).toBe(true);
});

test('a place is free again when its connection is closed', () => {
  const places = new Places({ max: 1, maxPerClient: 1 });
  for (let i = 0; i < 5; i++) {
    const socket = from('192.0.2.1');
    expect(places.take(socket)).toBe('taken');
    places.begin(places.of(socket)!, BUSY);
    expect(places.take(from('192.0.2.1'))).toEqual({ busy: true, client: '192.0.2.1' });
    socket.emit('close');
  }
});

test('a request that is not complete holds a place until its answer begins', () => {
  const places = new Places({ max: 4, maxPerClient: 2 });
  const sockets = [from('192.0.2.1'), from('192.0.2.1')];
  const response = { headersSent: false };
  for (const socket of sockets) {
    places.take(socket);
    places.begin(places.of(socket)!, { request: { complete: false }, response });
  }
  response.headersSent = true;
  expect(places.take(from('192.0.2.1'))).toEqual({ busy: true, client: '192.0.2.1' });
  response.headersSent = false;
  expect(places.take(from('192.0.2.1'))).toBe('taken');
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, false]);
});
