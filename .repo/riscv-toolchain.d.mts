/** Debian 12's cross compiler. */
export const compilerVersion: string
/** First line of `gcc --version`, or `undefined` when the cross compiler is not installed. */
export function installedCompiler(): string | undefined
