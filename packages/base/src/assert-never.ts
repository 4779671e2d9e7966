/** The end of an exhaustive switch: fails to compile when a case is missing, and throws if one slips in at run time. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
