// The dialect of comma-separated rows in which undo commands are kept: Python's `excel` dialect, read and written.

/** Rows of fields as one text; each row ends in CRLF. Fields are quoted where they must be. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map((field) => formatField(field, row.length)).join(',')}\r\n`).join('');
}

/** A lone empty field is quoted too, else the row would read as one without fields. */
function formatField(field: string, fieldsInRow: number): string {
  const mustQuote = /[",\r\n]/.test(field) || (field === '' && fieldsInRow === 1);
  return mustQuote ? `"${field.replaceAll('"', '""')}"` : field;
}

/**
 * Reads rows; empty lines give none. As lenient as Python's reader: a quote inside a bare field stands for itself, text
 * after a closing quote belongs to the field, and a quote that is never closed reaches to the end.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field: string | undefined;
  let quoted = false;
  const endRow = () => {
    if (field !== undefined || row.length > 0) rows.push([...row, field ?? '']);
    row = [];
    field = undefined;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted) {
      if (character !== '"') field = `${field ?? ''}${character}`;
      else if (text.charAt(at + 1) === '"') {
        field = `${field ?? ''}"`;
        at += 1;
      } else quoted = false;
    } else if (character === '"' && field === undefined) {
      quoted = true;
      field = '';
    } else if (character === ',') {
      row.push(field ?? '');
      field = undefined;
      // A comma promises one more field, so the row is not over even when nothing follows.
    } else if (character === '\n' || character === '\r') endRow();
    else field = `${field ?? ''}${character}`;
  }
  endRow();
  return rows;
}
