// Where the people of an account come from: its mail domains, and who answers for those who sign in with them.
import type { Account } from "@aws-sdk/client-chime";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useDomains, useProvider } from "./api";
import { ClaimDomain } from "./ClaimDomain";
import { Delegates } from "./Delegates";
import { Domains } from "./Domains";
import { GettingStarted } from "./GettingStarted";
import { Provider } from "./Provider";
import { ProofDialog } from "./ProofDialog";
import { ProviderDialog } from "./ProviderDialog";

type Open = { dialog: "claim" } | { dialog: "proof"; domain: string } | { dialog: "provider" };

export function Identity({ account }: { account: Account }) {
  const [open, setOpen] = useState<Open>();
  const id = account.AccountId!;
  const close = () => setOpen(undefined);
  const domains = useDomains(id);
  const provider = useProvider(id);
  const prove = (domain: string) => setOpen({ dialog: "proof", domain });
  if (domains.isPending || provider.isPending) {
    return <Skeleton height="600px" />; // what comes first depends on both
  }
  return (
    <SpaceBetween size="l">
      <GettingStarted
        account={id}
        claim={() => setOpen({ dialog: "claim" })}
        prove={prove}
        connect={() => setOpen({ dialog: "provider" })}
      />
      <Domains account={id} claim={() => setOpen({ dialog: "claim" })} prove={prove} />
      <Provider account={id} edit={() => setOpen({ dialog: "provider" })} />
      <Delegates account={account} />
      {open?.dialog === "claim" && <ClaimDomain account={id} claimed={prove} close={close} />}
      {open?.dialog === "proof" && <ProofDialog account={id} name={open.domain} close={close} />}
      {open?.dialog === "provider" && <ProviderDialog account={id} close={close} />}
    </SpaceBetween>
  );
}
