// The tag octets that X.509 uses (X.690 §8.1.2). Only low tag numbers occur, so one octet says it all.

/** Tag octets by name; `context(n)` and `contextPrimitive(n)` make the context-specific ones. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nullValue: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** `[n]` constructed: explicit tags, and implicit ones on constructed types. */
  context: (number: number): number => 0xa0 | number,
  /** `[n]` primitive: implicit tags on primitive types. */
  contextPrimitive: (number: number): number => 0x80 | number,
} as const;
