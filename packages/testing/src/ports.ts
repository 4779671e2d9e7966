// Ports on loopback that nobody listens on. They come from below the range that the kernel gives to outgoing connections,
// so no connection of another test takes one between the look and the listen.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { systemRandom } from '@certward/base';
import { TestbedError } from './errors.ts';

const lowestPort = 16_400;
const highestPort = 32_700;
const attempts = 200;
const handedOut = new Set<number>();

/** A port that is free for TCP and UDP on 127.0.0.1 and ::1; this process never hands it out again. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowestPort + Math.floor(systemRandom.fraction() * (highestPort - lowestPort));
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
  throw new TestbedError('portMissing', `no free port on loopback after ${attempts} tries`);
}

/** Several free ports at once, all different. */
export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()));
}

async function isFree(port: number): Promise<boolean> {
  return (await tcpIsFree(port, '127.0.0.1')) && (await tcpIsFree(port, '::1')) && udpIsFree(port);
}

function tcpIsFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has nobody on ::1 either.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
