// The one list of URL paths. Routes match against it and links are built from it, so the two cannot disagree.

/** Path templates; `:name` is one segment. */
export const paths = {
  home: '/',
  directory: '/directory',
  roots: '/roots',
  root: '/roots/:index',
  crl: '/crl/:issuer',
  newNonce: '/acme/new-nonce',
  newAccount: '/acme/new-account',
  newOrder: '/acme/new-order',
  newAuthorization: '/acme/new-authz',
  revokeCertificate: '/acme/revoke-cert',
  keyChange: '/acme/key-change',
  renewalInfoBase: '/acme/renewal-info',
  renewalInfo: '/acme/renewal-info/:certId',
  account: '/acme/account/:account',
  orders: '/acme/account/:account/orders',
  order: '/acme/order/:order',
  finalize: '/acme/order/:order/finalize',
  authorization: '/acme/authorization/:authorization',
  challenge: '/acme/challenge/:authorization/:type',
  certificate: '/acme/certificate/:serial',
  alternate: '/acme/certificate/:serial/:chain',
} as const;

/** A template of {@link paths}. */
export type PathTemplate = (typeof paths)[keyof typeof paths];

/** The names of a template's parameters. */
export type PathParameters<T extends string> = T extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathParameters<`/${Rest}`>
  : T extends `${string}:${infer Name}`
    ? Name
    : never;

/** Fills a template in. Values are our own ids, which need no escaping. */
export function fillPath<T extends PathTemplate>(template: T, parameters: Readonly<Record<PathParameters<T>, string | number>>): string {
  const values: Readonly<Record<string, string | number>> = parameters;
  return template.replace(/:(\w+)/g, (_match, name: string) => String(values[name]));
}

const templateSegments = new Map<string, readonly string[]>();

/** Templates are few and matched on every request: each is split once. */
function segmentsOf(template: string): readonly string[] {
  let segments = templateSegments.get(template);
  if (segments === undefined) templateSegments.set(template, (segments = template.split('/')));
  return segments;
}

/** The parameters of `path` under `template`, or undefined where it does not match. Segments are compared whole. */
export function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = segmentsOf(template);
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] as string;
    if (segment.startsWith(':') && value !== '') parameters[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return parameters;
}
