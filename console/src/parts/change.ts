import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useNotices } from "../app/notices";

interface Change<In, Out> {
  run(input: In): Promise<Out>;
  stale: QueryKey[]; // what is read anew afterwards
  done?(output: Out, input: In): ReactNode; // what is said when it is done
  failed?: string; // the notice when it fails; without it, whoever runs it says so
}

// useChange returns something that can be done, and whether it is being done.
export function useChange<In = void, Out = unknown>({ run, stale, done, failed }: Change<In, Out>) {
  const client = useQueryClient();
  const notices = useNotices();
  return useMutation({
    mutationFn: run,
    onSuccess: async (output, input) => {
      if (done) {
        notices.success(done(output, input));
      }
      await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
    onError: (error) => failed && notices.failure(failed, error),
  });
}
