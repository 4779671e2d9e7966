// Records as JSON text and back. Two naming rules of model.ts carry the types: `…At` is an instant, `…Der` is bytes.

/** Writes a record. Instants become RFC 3339 text, bytes base64. */
export function recordToJson(record: object): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') : value,
  );
}

/** Reads what {@link recordToJson} wrote. The text is our own, so its shape is trusted. */
export function recordFromJson(json: string): unknown {
  return JSON.parse(json, revive);
}

function revive(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (key.endsWith('At')) return new Date(value);
  return key.endsWith('Der') ? new Uint8Array(Buffer.from(value, 'base64')) : value;
}
