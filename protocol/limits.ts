/**
 * Every limit of the tunnel, with its unit in the name and its reason beside it.
 * The receiver enforces each one; `docs/protocol.md` §9 says what happens beyond it.
 */

/** One WebSocket message. A full DATA frame plus a batch of small ones fits; `ws` closes 1009 beyond. */
export const maxMessageBytes = 256 * 1024;

/** One frame's payload. Long enough that framing costs nothing, short enough to share a socket. */
export const maxPayloadBytes = 64 * 1024;

/** DATA payload while several streams have data to send: bounds the wait of the others. */
export const sharedPayloadBytes = 16 * 1024;

/** A small frames' batch is sent when it reaches this. Above one full DATA frame, below a message. */
export const batchBytes = 72 * 1024;

/** Bytes handed to the socket and not yet written. More would only add latency for control frames. */
export const maxSocketQueueBytes = 256 * 1024;

/** A request or response head, encoded. Twice what nginx and Node accept by default. */
export const maxHeadBytes = 60 * 1024;

/** Fields in one head or trailer section. Node's own default is 2000; nobody needs more than this. */
export const maxHeadFields = 256;

/** The target of an OPEN (a label, an intercept id). */
export const maxTargetBytes = 256;

/** Streams that one side may have open at the same time. */
export const maxStreams = 4096;

/** Credit that a new stream starts with, and the most that it grows to on a long fat path. */
export const initialStreamWindowBytes = 512 * 1024;
export const maxStreamWindowBytes = 4 * 1024 * 1024;

/** Credit of the connection as a whole: what a peer can make us hold, whatever it opens. */
export const connectionWindowBytes = 16 * 1024 * 1024;

/** What a stream accepts from its producer beyond its credit before `write` says stop. */
export const streamQueueBytes = 64 * 1024;

/** Control frames waiting for a peer that does not read. Beyond it the peer floods: close. */
export const maxControlQueueBytes = 4 * 1024 * 1024;

/** One CONTROL message (JSON, UTF-8) after its parts are joined. */
export const maxControlBytes = 1024 * 1024;

/** Intercepts that a connector tells the edge of; a dashboard of more would help nobody. */
export const maxReports = 4096;
/** All of them as JSON: half of what the control queue holds. */
export const maxReportsCharacters = 2 * 1024 * 1024;
/** In one message: 64 of the largest fit into 1 MiB. */
export const maxReportsPerMessage = 64;
/** A text of a report: DNS names have at most as many characters. */
export const maxReportTextCharacters = 253;
/** Headers that an intercept may match. */
export const maxReportHeaders = 16;
/** Ended intercepts that the edge remembers for daemons that are away. */
export const maxEndedReports = 1024;

/** One WebSocket message of a viewer or an app. Larger ones end the socket with 1009. */
export const maxWebSocketMessageBytes = 16 * 1024 * 1024;

/** Keep-alive: proxies drop idle WebSockets after 30 to 60 s. Two misses and the socket is dead. */
export const keepAliveMs = 15_000;
export const keepAliveMisses = 2;

/** A HELLO not seen by then ends the socket. */
export const helloTimeoutMs = 10_000;

/** Reconnecting: full jitter up to these caps; a minute without loss starts over. */
export const backoffBaseMs = 100;
export const backoffFirstMinuteCapMs = 4_000;
export const backoffCapMs = 15_000;
export const backoffStableMs = 60_000;

/** After GOAWAY: open streams may end by themselves for so long. */
export const drainMs = 30_000;
