// How a request is made: what can be put right without asking anybody is, and the same request is made again. Nothing was
// done by the first one in any of these cases, so this holds for reads and writes.
import { SignedOut, type Source } from "../session/credentials";
import { refusedCredentials, ServiceError, statusOf, unreachable } from "./errors";
import { found, lost } from "./reach";

// mostThrottled is how often a request is made that the server says is one too many; together they wait about a minute.
const mostThrottled = 8;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// attempt makes the request, and again with new credentials, when the clock was corrected, or more slowly. ended is told
// when nobody is signed in any more.
export async function attempt<Output>(source: Source, ended: (reason: SignedOut) => void, request: () => Promise<Output>): Promise<Output> {
  let renewed = false;
  let corrected = false;
  for (let throttled = 0; ; ) {
    try {
      const output = await request();
      found();
      return output;
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") {
        throw error;
      }
      if (unreachable(error)) {
        lost();
        throw error;
      }
      if (statusOf(error) > 0) {
        found();
      }
      if (error instanceof SignedOut) {
        ended(error);
        throw error;
      }
      if (refusedCredentials(error)) {
        if (renewed) {
          const out = new SignedOut(error instanceof Error ? error.message : undefined);
          ended(out);
          throw out;
        }
        renewed = true;
        refuse(source, ended);
      } else if (skewed(error) && !corrected) {
        corrected = true;
      } else if (statusOf(error) === 429 && throttled < mostThrottled) {
        const after = error instanceof ServiceError ? (error.retryAfter ?? 0) * 1000 : 0;
        const backoff = 250 * 2 ** throttled * (0.5 + Math.random());
        await wait(Math.max(after, backoff));
        throttled++;
      } else {
        throw error;
      }
    }
  }
}

function refuse(source: Source, ended: (reason: SignedOut) => void) {
  try {
    source.refused();
  } catch (error) {
    ended(error as SignedOut);
    throw error;
  }
}

// skewed reports that this machine's clock was wrong, and that the next request goes by the server's.
function skewed(error: unknown): boolean {
  return (error as { $metadata?: { clockSkewCorrected?: boolean } }).$metadata?.clockSkewCorrected === true;
}
