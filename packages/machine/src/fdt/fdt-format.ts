/** First word of a flattened device tree, big-endian. */
export const MAGIC = 0xd00d_feed
/** Version written, and the oldest version whose readers understand it. */
export const VERSION = 17
export const LAST_COMPATIBLE_VERSION = 16
/** Bytes of the header of version 17. */
export const HEADER_SIZE = 40

/** Tokens of the structure block. */
export const BEGIN_NODE = 1
export const END_NODE = 2
export const PROP = 3
export const NOP = 4
export const END = 9
