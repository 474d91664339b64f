// What to do when a request fails. Throttling slows the pace; a server that is away is waited for; what no waiting helps
// against ends the run, with the reason.

export type Waiting = "throttled" | "away";

// Stopped is why a run cannot go on.
export class Stopped extends Error {
  // open says that nothing is wrong with the run: it can be resumed.
  readonly open: boolean;

  constructor(message: string, open = false) {
    super(message);
    this.open = open;
  }
}

// Paused is thrown when somebody wished the run to pause.
export class Paused extends Error {}

interface Failure {
  name?: string;
  message?: string;
  retryAfter?: number;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

const signedOut = ["SignedOut", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenIdException"];

// mostFaults is how often a request is tried that the server itself fails at.
const mostFaults = 10;

function troubleOf(failure: Failure, faults: number): Waiting | Stopped {
  const status = failure.$metadata?.httpStatusCode ?? 0;
  if (signedOut.includes(failure.name ?? "")) {
    return new Stopped("You were signed out. Sign in, and resume the run.", true);
  }
  if (status === 429) {
    return "throttled";
  }
  const answered = status > 0 && ![408, 502, 503, 504].includes(status);
  if (!answered && (status > 0 || isNetwork(failure)) || (status >= 500 && faults < mostFaults)) {
    return "away";
  }
  if (status === 403) {
    return new Stopped(failure.message || "The server does not allow it.");
  }
  return new Stopped(failure.message || "Something went wrong.");
}

// isNetwork reports that no answer came.
function isNetwork({ name, message }: Failure): boolean {
  return name === "TimeoutError" || name === "NetworkError" || (name === "TypeError" && /fetch|network|load failed/i.test(message ?? ""));
}

const slowest = 10_000;

// Pace is the pause between requests, in milliseconds: none, until the server says that they are too many.
export class Pace {
  pause = 0;

  throttled() {
    this.pause = Math.min(Math.max(this.pause * 2, 200), slowest);
  }

  succeeded() {
    this.pause = this.pause < 50 ? 0 : this.pause * 0.9;
  }
}

export interface Patience {
  pace: Pace;
  // wait returns after so many milliseconds, or earlier when the signal says so.
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
  // waiting is told what is waited for, and with undefined that it is over.
  waiting?(what: Waiting | undefined): void;
}

// patiently makes the request until it succeeds or cannot. It is not cut off when somebody wishes to pause.
export async function patiently<Output>(p: Patience, request: () => Promise<Output>): Promise<Output> {
  for (let failures = 0; ; failures++) {
    if (p.signal.aborted) {
      throw new Paused();
    }
    try {
      const output = await request();
      p.pace.succeeded();
      p.waiting?.(undefined);
      await p.wait(p.pace.pause, p.signal);
      return output;
    } catch (error) {
      if (error instanceof Stopped || error instanceof Paused) {
        throw error;
      }
      const trouble = troubleOf(error as Failure, failures);
      if (trouble instanceof Stopped) {
        throw trouble;
      }
      p.waiting?.(trouble);
      const asked = ((error as Failure).retryAfter ?? 0) * 1000;
      if (trouble === "throttled") {
        p.pace.throttled();
        await p.wait(Math.max(asked, p.pace.pause), p.signal);
      } else {
        await p.wait(Math.max(asked, Math.min(500 * 2 ** failures, slowest)), p.signal);
      }
    }
  }
}
