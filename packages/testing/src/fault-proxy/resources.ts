// Learns which URL is which ACME resource from the answers that pass by, so that faults can name resources of any server.
import { type HeldAnswer, headerValues, jsonObject } from './message.ts';

/** What a request is about. `other` is anything the server never mentioned. */
export type ResourceKind =
  | 'directory'
  | 'newNonce'
  | 'newAccount'
  | 'newOrder'
  | 'newAuthz'
  | 'revokeCert'
  | 'keyChange'
  | 'renewalInfo'
  | 'account'
  | 'orders'
  | 'order'
  | 'finalize'
  | 'authorization'
  | 'challenge'
  | 'certificate'
  | 'other';

const directoryMembers = ['newNonce', 'newAccount', 'newOrder', 'newAuthz', 'revokeCert', 'keyChange', 'renewalInfo'] as const;

/** Which path belongs to which resource, so far. */
export class ResourceMap {
  readonly #kinds = new Map<string, ResourceKind>();

  constructor(directoryPath: string) {
    this.#kinds.set(directoryPath, 'directory');
  }

  /** The resource under a path; the query does not matter. */
  kindOf(path: string): ResourceKind {
    const pathname = path.split('?')[0] ?? path;
    const known = this.#kinds.get(pathname);
    if (known !== undefined) return known;
    // RFC 9773 §4.1: the certificate's id is appended to the advertised URL.
    for (const [prefix, kind] of this.#kinds) if (kind === 'renewalInfo' && pathname.startsWith(prefix)) return kind;
    return 'other';
  }

  /** Takes in every URL that an answer of the server mentions. `path` is what was asked. */
  learn(kind: ResourceKind, path: string, answer: HeldAnswer): void {
    if (answer.status >= 400) return;
    const body = jsonObject(answer.body) ?? {};
    const location = headerValues(answer.headers, 'location')[0] ?? path;
    switch (kind) {
      case 'directory':
        for (const name of directoryMembers) this.#add(name, body[name]);
        return;
      case 'newAccount':
      case 'account':
        this.#add('account', location);
        this.#add('orders', body['orders']);
        return;
      case 'orders':
        for (const url of list(body['orders'])) this.#add('order', url);
        return;
      case 'newOrder':
      case 'order':
      case 'finalize':
        if (kind === 'newOrder') this.#add('order', location);
        for (const url of list(body['authorizations'])) this.#add('authorization', url);
        this.#add('finalize', body['finalize']);
        this.#add('certificate', body['certificate']);
        return;
      case 'newAuthz':
      case 'authorization':
        if (kind === 'newAuthz') this.#add('authorization', location);
        for (const challenge of list(body['challenges'])) this.#add('challenge', (challenge as { url?: unknown }).url);
        return;
      case 'certificate':
        for (const link of headerValues(answer.headers, 'link')) {
          if (/rel="?alternate/.test(link)) this.#add('certificate', /<([^>]+)>/.exec(link)?.[1]);
        }
        return;
      default:
    }
  }

  #add(kind: ResourceKind, url: unknown): void {
    if (typeof url !== 'string') return;
    const { pathname } = new URL(url, 'https://relative.invalid');
    this.#kinds.set(pathname, kind);
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
