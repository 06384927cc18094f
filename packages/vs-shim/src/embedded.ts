/** Unpacks a program of `generated/`. @returns a fresh copy. */
export async function embedded(encoded: string): Promise<Uint8Array> {
  const compressed = Uint8Array.from(atob(encoded.replaceAll('\n', '')), (c) => c.charCodeAt(0))
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
