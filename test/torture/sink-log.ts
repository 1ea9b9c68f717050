/** One message's way through a connection, as the mail server saw it. Times are of this machine's clock, in milliseconds. */
export type Passage = {
  /** The name the sender greeted with. */
  client: string;
  to: string;
  /** 354 was written: the ledger may now say `body`. */
  goAheadAt: number | null;
  firstByteAt: number | null;
  dotAt: number | null;
  /** The mail is the server's, whatever the sender hears of it. */
  keptAt: number | null;
  /** The 250 was written. */
  answeredAt: number | null;
  /** The conversation about it was over, however it ended. */
  endedAt: number | null;
  messageId: string | null;
  /** SHA-256 of the message's bytes. */
  hash: string | null;
  /** What the server did to it on purpose: where and how. */
  fault: string | null;
};

/** Where and how the server fails the next conversation that comes so far. */
export type SinkFault = {
  at: 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot' | 'reply';
  how: 'drop' | 'silence' | `${4 | 5}${string}`;
};

/** What a sink is told: to fail, to turn everybody away for a while, or to give an account. */
export type SinkOrder =
  | { do: 'fail'; fault: SinkFault }
  | { do: 'refuse'; forMs: number }
  | { do: 'slow'; forMs: number; byMs: number }
  | { do: 'report' };

/** The messages of a sink. */
export type SinkWord =
  | { port: number }
  | { passages: Passage[]; faults: number; refused: number; underWay: number };
