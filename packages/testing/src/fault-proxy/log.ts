// What passed through a proxy, decoded: the evidence of how often a client asked for what.
import { jsonObject } from './message.ts';
import type { ResourceKind } from './resources.ts';

/** One request and what became of it. */
export interface LoggedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly resource: ResourceKind;
  /** The protected header of its JWS, when it has one. */
  readonly protectedHeader: Readonly<Record<string, unknown>> | undefined;
  /** The payload: an object, or the empty string of a POST-as-GET. */
  readonly payload: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the server answered; undefined while under way and when it was not asked. */
  serverStatus: number | undefined;
  /** What the client was sent; undefined when its connection was cut. */
  status: number | undefined;
  /** Names of the faults that struck. */
  faults: readonly string[];
}

/** A list of requests with the questions that tests ask. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];

  /** All requests, oldest first. */
  get requests(): readonly LoggedRequest[] {
    return this.#requests;
  }

  /** Requests about one resource. */
  about(resource: ResourceKind): readonly LoggedRequest[] {
    return this.#requests.filter((request) => request.resource === resource);
  }

  /** How many orders the server really made, whatever the client learnt of them. */
  ordersMade(): number {
    return this.about('newOrder').filter((request) => request.serverStatus === 201).length;
  }

  /** One line per request, for the message of a failed assertion. */
  summary(): string {
    const lines = this.#requests.map(({ method, resource, path, serverStatus, status, faults }) =>
      [method, resource, path, `${serverStatus ?? 'not asked'} -> ${status ?? 'cut'}`, ...faults].join(' '),
    );
    return lines.join('\n');
  }

  add(request: LoggedRequest): void {
    this.#requests.push(request);
  }
}

/** The readable parts of a flattened JWS; nothing is verified here, that is the server's work. */
export function decodeJws(body: Uint8Array): Pick<LoggedRequest, 'protectedHeader' | 'payload'> {
  const jws = jsonObject(body);
  const part = (name: string): Buffer | undefined => (typeof jws?.[name] === 'string' ? Buffer.from(jws[name], 'base64url') : undefined);
  const payload = part('payload');
  return {
    protectedHeader: jsonObject(part('protected') ?? Buffer.alloc(0)),
    payload: payload === undefined || payload.length === 0 ? payload?.toString() : jsonObject(payload),
  };
}
