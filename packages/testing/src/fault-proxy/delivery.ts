// How an answer reaches the client: whole, twice, drop by drop, or not at all.
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import { systemClock } from '@certward/base';
import type { Fault } from './faults.ts';
import type { LoggedRequest } from './log.ts';
import { type HeldAnswer, headerValues } from './message.ts';

/** One exchange at its last station. */
export interface Delivery {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly logged: LoggedRequest;
  readonly answer: HeldAnswer;
  readonly faults: readonly Fault[];
}

/** Sends the answer, or what the faults leave of it. */
export async function deliver({ request, response, logged, answer, faults }: Delivery): Promise<void> {
  if (faults.some((fault) => fault.kind === 'drop')) {
    request.socket.destroy();
    return;
  }
  logged.status = answer.status;
  const headers = { ...answer.headers, 'content-length': answer.body.length };
  response.writeHead(answer.status, headers as Record<string, string | string[] | number>);
  const drip = request.method === 'HEAD' ? undefined : faults.find((fault) => fault.kind === 'drip');
  if (drip !== undefined) await sendSlowly(response, answer.body, drip);
  const { socket } = request;
  const rest = drip === undefined && request.method !== 'HEAD' ? answer.body : undefined;
  response.end(rest, () => {
    if (faults.some((fault) => fault.kind === 'duplicate')) socket.write(rawAnswer(answer, request.method));
  });
}

async function sendSlowly(response: ServerResponse, body: Buffer, { bytes, everyMs }: { readonly bytes: number; readonly everyMs: number }): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await systemClock.sleep(everyMs);
  }
}

/** The bytes of an answer as they stand on the wire. */
function rawAnswer({ status, headers, body }: HeldAnswer, method: string | undefined): Buffer {
  const fields = Object.keys(headers).flatMap((name) => headerValues(headers, name).map((value) => `${name}: ${value}\r\n`));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields.join('')}content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), ...(method === 'HEAD' ? [] : [body])]);
}
