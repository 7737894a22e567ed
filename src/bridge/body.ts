import * as v from "valibot";

/** A request's JSON, or the status and the sentence with which to refuse it. */
export type Body<T> = { ok: true; value: T } | { ok: false; status: 400 | 413 | 415; sentence: string };

/**
 * Reads and checks the JSON body of a request.
 *
 * The type is required because a form on another site cannot send it without asking first.
 *
 * @param bytesMax  Reading stops there, whatever length was announced.
 */
export async function readBody<S extends v.GenericSchema>(
  request: Request,
  schema: S,
  bytesMax: number,
): Promise<Body<v.InferOutput<S>>> {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return refuse(415, "Send JSON, with Content-Type application/json");
  const bytes = await readBytes(request, bytesMax);
  if (bytes === null) return refuse(413, `Send at most ${bytesMax} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse(400, "Send JSON: this is not JSON");
  }
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return { ok: true, value: checked.output };
  const [issue] = checked.issues;
  return refuse(
    400,
    `Correct "${v.getDotPath(issue) ?? "the body"}": expected ${issue.expected ?? "another value"}`,
  );
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  // Not request.bytes(): it takes in everything before its length can be known.
  for await (const chunk of request.body ?? []) {
    total += chunk.length;
    if (total > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(
  status: 400 | 413 | 415,
  sentence: string,
): { ok: false; status: 400 | 413 | 415; sentence: string } {
  return { ok: false, status, sentence };
}
