// How what was read is kept, and read again.
import { QueryClient } from "@tanstack/react-query";
import { transient, unreachable } from "./errors";
import { isReached, onReach } from "./reach";

// mostTries is how often a read is tried that the server fails at.
const mostTries = 4;

const slowest = 10_000; // milliseconds

// newQueries returns a client whose reads go on while the server is away, and begin anew when it is back. Writes are made
// once: whoever made one is asked.
export function newQueries(): QueryClient {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => unreachable(error) || (transient(error) && failures < mostTries),
        retryDelay: (failures) => Math.min(500 * 2 ** failures, slowest),
        networkMode: "always", // the server may be on this machine
      },
      mutations: { networkMode: "always" },
    },
  });
  onReach(() => {
    if (isReached()) {
      void queries.refetchQueries({ type: "active" });
    }
  });
  return queries;
}
