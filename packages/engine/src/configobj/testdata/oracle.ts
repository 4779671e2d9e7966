// For tests: what Python's ConfigObj, the library that Certbot reads and writes with, makes of the same texts.
import { execFileSync } from 'node:child_process';

/** A document as plain data: values are strings or lists, sections are objects. */
export type Plain = { [key: string]: string | string[] | Plain };

const python = '/usr/bin/python3';

const script = `
import configobj, io, json, sys
def plain(section):
    out = {}
    for key in section.scalars + section.sections:
        value = section[key]
        out[key] = plain(value) if isinstance(value, configobj.Section) else value
    return out
results = []
for case in json.load(sys.stdin):
    try:
        if 'text' in case:
            content = io.BytesIO(case['text'].encode('utf-8', 'surrogatepass'))
            document = configobj.ConfigObj(content, encoding='utf-8', default_encoding='utf-8', interpolation=case['interpolation'])
            results.append({'document': plain(document)})
        else:
            document = configobj.ConfigObj(encoding='utf-8', default_encoding='utf-8', interpolation=False)
            for key, value in case['document'].items():
                document[key] = value
            out = io.BytesIO()
            document.write(out)
            results.append({'text': out.getvalue().decode('utf-8')})
    except Exception as error:
        results.append({'error': type(error).__name__})
json.dump(results, sys.stdout)
`;

/** Whether the oracle is installed on this machine. */
export function hasOracle(): boolean {
  try {
    execFileSync(python, ['-c', 'import configobj'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Parses each text; undefined where ConfigObj raises. */
export function oracleParse(texts: readonly string[], { interpolation = false } = {}): (Plain | undefined)[] {
  const cases = texts.map((text) => ({ text, interpolation }));
  return (run(cases) as { document?: Plain }[]).map(({ document }) => document);
}

/** Writes each document; undefined where ConfigObj raises. */
export function oracleWrite(documents: readonly Plain[]): (string | undefined)[] {
  return (run(documents.map((document) => ({ document }))) as { text?: string }[]).map(({ text }) => text);
}

function run(cases: readonly unknown[]): unknown {
  const answer = execFileSync(python, ['-c', script], { input: JSON.stringify(cases), maxBuffer: 1 << 28, encoding: 'utf8' });
  return JSON.parse(answer);
}
