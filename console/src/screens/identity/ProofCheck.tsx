import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useAllowed } from "../../api/allowed";
import { describe, statusOf } from "../../api/errors";
import { useSession } from "../../session/session";
import { accountKeys, type Domain } from "./api";

// checkEvery is how often the record is looked for, in milliseconds.
const checkEvery = 10_000;

const conflict = 409;

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

// ProofCheck has the server look for the record of a pending claim until it is there, and says what it saw.
export function ProofCheck({ account, domain }: { account: string; domain: Domain }) {
  const { extensions } = useSession();
  const gate = useAllowed(account)("chime:VerifyDomain");
  const client = useQueryClient();
  const check = useQuery({
    queryKey: ["verify", account, domain.DomainName],
    queryFn: () =>
      extensions.call<{ Domain: Domain }>("POST", ["accounts", account, "domains", domain.DomainName], { operation: "verify" }),
    enabled: domain.Status === "Pending" && !gate.disabled,
    // Whoever has the domain keeps it, so that asking again is of no use.
    refetchInterval: ({ state }) => (state.data || (state.error && statusOf(state.error) === conflict) ? false : checkEvery),
    gcTime: 0,
  });
  const verified = domain.Status === "Verified" || check.data?.Domain.Status === "Verified";
  useEffect(() => {
    if (check.data) {
      for (const queryKey of accountKeys(account)) {
        void client.invalidateQueries({ queryKey });
      }
    }
  }, [check.data, client, account]);
  if (verified) {
    return (
      <Alert type="success" header={`${domain.DomainName} is verified`}>
        Whoever proves an address in it joins this account. You can have them sign in at an OpenID provider of your own.
      </Alert>
    );
  }
  if (gate.disabled) {
    return <Alert type="info">{gate.disabledReason}</Alert>;
  }
  return (
    <SpaceBetween size="xs">
      <LiveRegion>
        <Seen error={check.error} at={check.errorUpdatedAt} />
      </LiveRegion>
      <Button iconName="refresh" loading={check.isFetching} onClick={() => void check.refetch()}>
        Look now
      </Button>
    </SpaceBetween>
  );
}

function Seen({ error, at }: { error: Error | null; at: number }) {
  if (!error) {
    return <StatusIndicator type="in-progress">Looking for the record</StatusIndicator>;
  }
  const final = statusOf(error) === conflict;
  return (
    <>
      <StatusIndicator type={final ? "error" : "pending"}>{final ? "It cannot be verified" : "Not there yet"}</StatusIndicator>
      <Box color="text-body-secondary">
        {describe(error)} {!final && `Looked at ${clock.format(at)}; this looks again every ${checkEvery / 1000} seconds.`}
      </Box>
    </>
  );
}
